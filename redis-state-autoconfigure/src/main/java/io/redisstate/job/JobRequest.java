package io.redisstate.job;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A job to be enqueued: its type, which says who handles it, its payload, and options, all of which have defaults.
 *
 * <p>Immutable; each {@code with} method gives another request. The payload is written as JSON when it is enqueued.
 *
 * @since 0.1
 */
public final class JobRequest {

    /** The highest priority; the lowest is its negative. */
    public static final int MAX_PRIORITY = 1000;

    /** What ids consist of: those given, and those of ticks, which are URL-encoded names. */
    private static final Pattern ID = Pattern.compile("(?!-$)[A-Za-z0-9.*_+%@-]+");

    private static final Duration LONGEST = Duration.ofDays(3650);

    private final String type;
    private final @Nullable Object payload;
    private final Options options;

    /** Changed only while it is being copied; published by a final field. */
    private static final class Options {
        private int priority;
        private Duration delay = Duration.ZERO;
        private @Nullable Instant at;
        private int attempts;
        private @Nullable Backoff backoff;
        private Duration timeout = Duration.ZERO;
        private Duration keep = Duration.ZERO;
        private @Nullable String group;
        private @Nullable String uniqueKey;
        private Duration uniqueWindow = Duration.ZERO;
        private List<String> after = List.of();
        private Map<String, String> metadata = Map.of();

        private Options copy() {
            Options copy = new Options();
            copy.priority = priority;
            copy.delay = delay;
            copy.at = at;
            copy.attempts = attempts;
            copy.backoff = backoff;
            copy.timeout = timeout;
            copy.keep = keep;
            copy.group = group;
            copy.uniqueKey = uniqueKey;
            copy.uniqueWindow = uniqueWindow;
            copy.after = after;
            copy.metadata = metadata;
            return copy;
        }
    }

    private JobRequest(String type, @Nullable Object payload, Options options) {
        this.type = type;
        this.payload = payload;
        this.options = options;
    }

    /**
     * A job of a type.
     *
     * @param type not empty
     * @param payload what Jackson can write and the handler's parameter can be read from; null for none
     */
    public static JobRequest of(String type, @Nullable Object payload) {
        requireText("type", type);
        return new JobRequest(type, payload, new Options());
    }

    /** A job of a type without a payload. */
    public static JobRequest of(String type) {
        return of(type, null);
    }

    /** Higher ones go first, strictly; {@code -MAX_PRIORITY} to {@code MAX_PRIORITY}, default 0. */
    public JobRequest withPriority(int priority) {
        requirePriority(priority);
        return with(changed -> changed.priority = priority);
    }

    /** Not before this time has passed, by the server's clock; default none. */
    public JobRequest withDelay(Duration delay) {
        requireDuration("delay", delay);
        return with(changed -> {
            changed.delay = delay;
            changed.at = null;
        });
    }

    /** Not before then, by the server's clock. */
    public JobRequest withTime(Instant at) {
        if (at.toEpochMilli() < 1) {
            throw new IllegalArgumentException("The time of a job is " + at + "; it must be after 1970 began");
        }
        return with(changed -> {
            changed.delay = Duration.ZERO;
            changed.at = at;
        });
    }

    /** How often it is tried at most, from 1; default is what its handler says. */
    public JobRequest withAttempts(int attempts) {
        if (attempts < 1) {
            throw new IllegalArgumentException("The attempts of a job are " + attempts + "; allowed are 1 and more");
        }
        return with(changed -> changed.attempts = attempts);
    }

    /** How long to wait before another attempt; default is what its handler says. */
    public JobRequest withBackoff(Backoff backoff) {
        return with(changed -> changed.backoff = backoff);
    }

    /** After how long an attempt is interrupted, which is a failure; zero, the default, is what its handler says. */
    public JobRequest withTimeout(Duration timeout) {
        requireDuration("timeout", timeout);
        return with(changed -> changed.timeout = timeout);
    }

    /** How long it can be looked at after its end; by default only if it has a result, as long as its worker says. */
    public JobRequest withKeep(Duration keep) {
        requireDuration("keep", keep);
        return with(changed -> changed.keep = keep);
    }

    /** A tenant, for fairness: groups of one priority take turns, one job each. Jobs without one are a group too. */
    public JobRequest withGroup(String group) {
        requireText("group", group);
        return with(changed -> changed.group = group);
    }

    /** No second one as long as a job with this key is unfinished (dead ones are finished). */
    public JobRequest withUniqueKey(String key) {
        return withUniqueKey(key, Duration.ZERO);
    }

    /** As {@link #withUniqueKey(String)}, and none within the window after it was enqueued, even if it has finished. */
    public JobRequest withUniqueKey(String key, Duration window) {
        requireText("unique key", key);
        requireDuration("window", window);
        return with(changed -> {
            changed.uniqueKey = key;
            changed.uniqueWindow = window;
        });
    }

    /**
     * Only once these jobs of the same queue have completed. It stays {@link JobState#HELD} while one of them is dead, and
     * is dead itself as soon as one is cancelled or removed. Ids of jobs that don't exist any more count as completed.
     *
     * @throws IllegalArgumentException if one can't be the id of a job
     */
    public JobRequest withAfter(List<String> ids) {
        ids.forEach(JobRequest::requireId);
        return with(changed -> changed.after = List.copyOf(ids));
    }

    /** What else the handler should know, such as a trace id; kept with the job. */
    public JobRequest withMetadata(Map<String, String> metadata) {
        return with(changed -> changed.metadata = Map.copyOf(metadata));
    }

    private JobRequest with(Consumer<Options> change) {
        Options changed = options.copy();
        change.accept(changed);
        return new JobRequest(type, payload, changed);
    }

    /** Its type. */
    public String type() {
        return type;
    }

    @Nullable
    Object payload() {
        return payload;
    }

    int priority() {
        return options.priority;
    }

    /** As scripts take it: ms from now, or minus the ms since 1970. */
    long due() {
        Instant at = options.at;
        return at == null ? options.delay.toMillis() : -at.toEpochMilli();
    }

    int attempts() {
        return options.attempts;
    }

    @Nullable
    Backoff backoff() {
        return options.backoff;
    }

    Duration timeout() {
        return options.timeout;
    }

    Duration keep() {
        return options.keep;
    }

    @Nullable
    String group() {
        return options.group;
    }

    @Nullable
    String uniqueKey() {
        return options.uniqueKey;
    }

    Duration uniqueWindow() {
        return options.uniqueWindow;
    }

    List<String> after() {
        return options.after;
    }

    Map<String, String> metadata() {
        return options.metadata;
    }

    /** Whether the first keys of the queue are enough to enqueue it. */
    boolean isPlain() {
        return options.uniqueKey == null && options.after.isEmpty();
    }

    static void requirePriority(int priority) {
        if (priority < -MAX_PRIORITY || priority > MAX_PRIORITY) {
            throw new IllegalArgumentException(
                    "The priority of a job is " + priority + "; allowed are -" + MAX_PRIORITY + " to " + MAX_PRIORITY);
        }
    }

    static void requireText(String what, String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("The " + what + " of a job must not be empty");
        }
    }

    private static void requireId(String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("'" + id + "' is not the id of a job to run after");
        }
    }

    private static void requireDuration(String what, Duration given) {
        if (given.isNegative() || given.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "The " + what + " of a job is " + given + "; allowed are zero to ten years");
        }
    }

    @Override
    public String toString() {
        return "JobRequest[" + type + ']';
    }
}
