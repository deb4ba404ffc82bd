package io.redisstate.core;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The Redis server's clock, for what has to be known before a script runs, such as which day's key to name.
 *
 * <p>Asks the server at the first use and again once its answer is older than {@link #MAX_AGE}; in between the time since then
 * is added from this process's monotonic clock, so a wrong or adjusted clock of the client does not matter. In a cluster
 * it is the clock of one node. One round trip each time it asks, else none. Thread-safe.
 *
 * @since 0.1
 */
public final class ServerClock implements InstantSource {

    /** How old an answer may get. */
    public static final Duration MAX_AGE = Duration.ofSeconds(30);

    private static final Script<List<@Nullable Object>> TIME =
            Script.load(ServerClock.class, "server-time", Reply.LIST);

    private record Answer(Instant time, long nanoTime) {}

    private final CallExecutor calls;
    private final String key;
    private volatile @Nullable Answer answer;

    /**
     * A clock of the server that has a key.
     *
     * @param key any; decides the cluster node
     */
    public ServerClock(CallExecutor calls, String key) {
        this.calls = calls;
        this.key = key;
    }

    /** The server's time now, to the microsecond. */
    @Override
    public Instant instant() {
        Answer known = answer;
        if (known == null || System.nanoTime() - known.nanoTime > MAX_AGE.toNanos()) {
            known = ask();
            answer = known;
        }
        return known.time.plusNanos(System.nanoTime() - known.nanoTime);
    }

    private Answer ask() {
        List<@Nullable Object> reply = calls.execute(TIME.call(List.of(key)).asRepeatable());
        Instant time = Instant.ofEpochSecond(number(reply.get(0))).plus(number(reply.get(1)), ChronoUnit.MICROS);
        return new Answer(time, System.nanoTime());
    }

    private static long number(@Nullable Object element) {
        return Long.parseLong(Objects.requireNonNull(Reply.text(element)));
    }
}
