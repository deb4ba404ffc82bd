package io.redisstate.structure.counter;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Counts by minute, hour or day of UTC, by the server's clock; windows that are too old are forgotten, and the key goes when all
 * are. Each operation is one script and one round trip. One hash of at most as many fields as windows are kept (and one
 * more). Thread-safe.
 *
 * @since 0.1
 */
public final class WindowedCounter {

    private static final Script<Long> ADD = Script.load(WindowedCounter.class, "window-add", Reply.LONG);
    private static final Script<long[]> READ = Script.load(WindowedCounter.class, "window-read", Reply.LONGS);

    /** How long a window is. */
    public enum Window {
        /** One minute. */
        MINUTE(Duration.ofMinutes(1)),
        /** One hour. */
        HOUR(Duration.ofHours(1)),
        /** One day of UTC. */
        DAY(Duration.ofDays(1));

        private final Duration length;

        Window(Duration length) {
            this.length = length;
        }

        /** From its start to the start of the next. */
        public Duration length() {
            return length;
        }

        String keyPart() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The count of one window.
     *
     * @param start when it began
     * @param count what was counted in it
     */
    public record Count(Instant start, long count) {}

    private final CallExecutor calls;
    private final List<String> key;
    private final Window window;
    private final int keep;

    WindowedCounter(CallExecutor calls, String key, Window window, int keep) {
        if (keep < 1 || keep > 10_000) {
            throw new IllegalArgumentException(
                    "The windows kept of counter " + key + " are " + keep + "; allowed is 1 to 10000");
        }
        this.calls = calls;
        this.key = List.of(key);
        this.window = window;
        this.keep = keep;
    }

    /** Adds 1 to the window that is now; returns its count. */
    public long increment() {
        return increment(1);
    }

    /** Adds to the window that is now; returns its count. If the reply is lost it is not sent again. */
    public long increment(long by) {
        return calls.execute(ADD.call(key, by, window.length.toMillis(), keep));
    }

    /** The count of the window that is now. */
    public long current() {
        return read(1)[1];
    }

    /**
     * What was counted in the latest windows together.
     *
     * @param windows how many, the one that is now included, up to those that are kept
     */
    public long sum(int windows) {
        long[] counts = read(windows);
        long sum = 0;
        for (int i = 1; i < counts.length; i++) {
            sum += counts[i];
        }
        return sum;
    }

    /** The latest windows, the oldest first; see {@link #sum}. */
    public List<Count> latest(int windows) {
        long[] counts = read(windows);
        List<Count> latest = new ArrayList<>(windows);
        for (int i = 1; i < counts.length; i++) {
            long start = (counts[0] - i + 1) * window.length.toMillis();
            latest.add(new Count(Instant.ofEpochMilli(start), counts[i]));
        }
        Collections.reverse(latest);
        return latest;
    }

    private long[] read(int windows) {
        if (windows < 1 || windows > keep) {
            throw new IllegalArgumentException("Asked for " + windows + " windows; there are 1 to " + keep);
        }
        return calls.execute(READ.call(key, window.length.toMillis(), windows).asRepeatable());
    }
}
