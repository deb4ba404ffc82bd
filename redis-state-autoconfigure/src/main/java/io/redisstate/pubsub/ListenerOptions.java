package io.redisstate.pubsub;

/**
 * How a listener gets its messages.
 *
 * @param sharded whether its channels are sharded ones (SSUBSCRIBE, Redis 7), which are not those of the same name that
 *     are not sharded
 * @param queueCapacity how many messages may wait for it, from 1
 * @param overflow what happens to a message that comes while so many wait
 * @param errorHandler what is done when it fails
 * @since 0.1
 */
public record ListenerOptions(
        boolean sharded, int queueCapacity, Overflow overflow, ListenerErrorHandler errorHandler) {

    /** Not sharded, 10,000 messages, the oldest are dropped, failures are logged. */
    public static final ListenerOptions DEFAULT =
            new ListenerOptions(false, 10_000, Overflow.DROP_OLDEST, new LoggedErrors());

    /** @throws IllegalArgumentException if the capacity is below 1 */
    public ListenerOptions {
        if (queueCapacity < 1) {
            throw new IllegalArgumentException("The queue's capacity is " + queueCapacity + "; it must be from 1");
        }
    }

    /** These, with sharded channels or not. */
    public ListenerOptions withSharded(boolean sharded) {
        return new ListenerOptions(sharded, queueCapacity, overflow, errorHandler);
    }

    /** These, with another capacity. */
    public ListenerOptions withQueueCapacity(int capacity) {
        return new ListenerOptions(sharded, capacity, overflow, errorHandler);
    }

    /** These, with another policy. */
    public ListenerOptions withOverflow(Overflow overflow) {
        return new ListenerOptions(sharded, queueCapacity, overflow, errorHandler);
    }

    /** These, with another error handler. */
    public ListenerOptions withErrorHandler(ListenerErrorHandler handler) {
        return new ListenerOptions(sharded, queueCapacity, overflow, handler);
    }
}
