package io.redisstate.stream;

import io.redisstate.core.KeySpace;

/**
 * The names of all keys of streams: {@code <prefix>:stream:{<name>}} and its companions in the same hash slot.
 *
 * <p>Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class StreamKeys {

    private final KeySpace keys;

    /**
     * Key names of an application.
     *
     * @param keyPrefix what all its keys start with; as {@link KeySpace#of(String, String)}
     */
    public StreamKeys(String keyPrefix) {
        this.keys = KeySpace.of(keyPrefix, "stream");
    }

    /** The stream itself. */
    public String stream(String name) {
        return keys.key(name);
    }

    /** A hash: the consumers of a group that live, or left something. */
    public String consumers(String name, String group) {
        return keys.key(name, group(group) + ":consumers");
    }

    /** A sorted set: the pending entries of a group that wait for another try. */
    public String retries(String name, String group) {
        return keys.key(name, group(group) + ":retries");
    }

    /** A sorted set: the lanes of an ordered group's entries that are not settled. */
    public String order(String name, String group) {
        return keys.key(name, group(group) + ":order");
    }

    /** A sorted set: the lanes of an ordered group that have entries and that nobody works on. */
    public String free(String name, String group) {
        return keys.key(name, group(group) + ":free");
    }

    /** A stream of one entry: tells the consumers of an ordered group that there is something to do. */
    public String bell(String name, String group) {
        return keys.key(name, group(group) + ":bell");
    }

    /** A stream: the dead letters of a group. */
    public String dead(String name, String group) {
        return keys.key(name, group(group) + ":dead");
    }

    /** A string with a TTL: a message that a group has handled. */
    public String done(String name, String group, String messageKey) {
        return keys.key(name, group(group) + ":done:" + messageKey);
    }

    /** A string with a TTL: a message that has been published. */
    public String once(String name, String messageKey) {
        return keys.key(name, "once:" + messageKey);
    }

    /** A hash: how far projections of an event stream have come. */
    public String positions(String name) {
        return keys.key(name, "positions");
    }

    private static String group(String group) {
        if (group.isEmpty()) {
            throw new IllegalArgumentException("The name of a consumer group must not be empty");
        }
        return "group:" + group;
    }
}
