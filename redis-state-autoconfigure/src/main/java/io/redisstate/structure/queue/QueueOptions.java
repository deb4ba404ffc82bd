package io.redisstate.structure.queue;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much a queue holds, and how long.
 *
 * @param capacity how many items fit, from 1; 0 for any number
 * @param timeToLive how long items stay to which none is added; null for ever
 * @since 0.1
 */
public record QueueOptions(long capacity, @Nullable Duration timeToLive) {

    public QueueOptions {
        if (capacity < 0) {
            throw new IllegalArgumentException(
                    "The capacity of a queue is " + capacity + "; allowed is 1 or more, or 0 for no limit");
        }
        if (timeToLive != null && timeToLive.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "The time to live of a queue is " + timeToLive + "; allowed is 1 ms or more");
        }
    }

    /** Any number of items, for ever. */
    public static QueueOptions defaults() {
        return new QueueOptions(0, null);
    }

    /** These options with another capacity. */
    public QueueOptions withCapacity(long items) {
        return new QueueOptions(items, timeToLive);
    }

    /** These options with another time to live; null for ever. */
    public QueueOptions withTimeToLive(@Nullable Duration afterLastItem) {
        return new QueueOptions(capacity, afterLastItem);
    }

    long timeToLiveMillis() {
        return timeToLive == null ? 0 : timeToLive.toMillis();
    }
}
