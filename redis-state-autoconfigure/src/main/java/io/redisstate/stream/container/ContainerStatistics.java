package io.redisstate.stream.container;

/**
 * What a container has done since it was made, and what is left to do.
 *
 * @param state what it is doing
 * @param consumer its name in the group; empty before it has joined
 * @param inFlight messages read and not yet settled
 * @param read messages read as new ones
 * @param redelivered messages taken up again: due for another try, left by dead consumers, or its own from before
 * @param handled messages acknowledged
 * @param failed failed attempts
 * @param deadLettered messages given up
 * @param skipped messages that had been handled before
 * @param lost messages that were trimmed or deleted before they were handled
 * @param takenAway messages that others had taken over when this consumer wanted to settle them
 * @param outages how often Redis was lost
 * @param pending messages that the whole group has been given and has not acknowledged, at the last look
 * @param lag messages that the group has not yet been given, at the last look; -1 if Redis can't say
 * @param waiting messages of an ordered group that have been read and not yet settled, most of which wait for others of
 *     their keys, at the last look; 0 without an order
 * @since 0.1
 */
public record ContainerStatistics(
        ContainerState state,
        String consumer,
        int inFlight,
        long read,
        long redelivered,
        long handled,
        long failed,
        long deadLettered,
        long skipped,
        long lost,
        long takenAway,
        long outages,
        long pending,
        long lag,
        long waiting) {}
