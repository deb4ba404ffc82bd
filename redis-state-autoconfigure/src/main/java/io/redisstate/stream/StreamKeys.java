package io.redisstate.stream;

import io.redisstate.core.KeySpace;

/**
 * The names of all keys of streams: {@code <prefix>:stream:{<name>}} and its companions in the same hash slot.
 *
 * <p>A name {@code key:<key>} is that of a stream whose key another program has chosen; its companions begin with
 * {@code <prefix>:stream:{<hash tag>}:key:<key>}, the tag being the key's own or else the whole key.
 *
 * <p>Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class StreamKeys {

    /** What the name of a stream begins with that has a key of its own. */
    public static final String KEY = "key:";

    private final KeySpace keys;
    private final String root;

    /**
     * Key names of an application.
     *
     * @param keyPrefix what all its keys start with; as {@link KeySpace#of(String, String)}
     */
    public StreamKeys(String keyPrefix) {
        this.keys = KeySpace.of(keyPrefix, "stream");
        this.root = keyPrefix + ":stream:";
    }

    /** The stream itself. */
    public String stream(String name) {
        return name.startsWith(KEY) ? foreign(name) : keys.key(name);
    }

    /** A hash: the consumers of a group that live, or left something. */
    public String consumers(String name, String group) {
        return companion(name, group(group) + ":consumers");
    }

    /** A sorted set: the pending entries of a group that wait for another try. */
    public String retries(String name, String group) {
        return companion(name, group(group) + ":retries");
    }

    /** A sorted set: the lanes of an ordered group's entries that are not settled. */
    public String order(String name, String group) {
        return companion(name, group(group) + ":order");
    }

    /** A sorted set: the lanes of an ordered group that have entries and that nobody works on. */
    public String free(String name, String group) {
        return companion(name, group(group) + ":free");
    }

    /** A stream of one entry: tells the consumers of an ordered group that there is something to do. */
    public String bell(String name, String group) {
        return companion(name, group(group) + ":bell");
    }

    /** A stream: the dead letters of a group. */
    public String dead(String name, String group) {
        return companion(name, group(group) + ":dead");
    }

    /** A string with a TTL: a message that a group has handled. */
    public String done(String name, String group, String messageKey) {
        return companion(name, group(group) + ":done:" + messageKey);
    }

    /** A string with a TTL: a message that has been published. */
    public String once(String name, String messageKey) {
        return companion(name, "once:" + messageKey);
    }

    /** A hash: how far projections of an event stream have come. */
    public String positions(String name) {
        return companion(name, "positions");
    }

    private String companion(String name, String part) {
        return name.startsWith(KEY)
                ? root + '{' + tagOf(foreign(name)) + "}:" + name + ':' + part
                : keys.key(name, part);
    }

    private static String foreign(String name) {
        String key = name.substring(KEY.length());
        if (key.isEmpty()) {
            throw new IllegalArgumentException("The stream '" + name + "' has no key");
        }
        return key;
    }

    /** What decides the hash slot, as Redis has it. */
    private static String tagOf(String key) {
        int begin = key.indexOf('{');
        int end = begin < 0 ? -1 : key.indexOf('}', begin);
        String tag = end > begin + 1 ? key.substring(begin + 1, end) : key;
        if (tag.indexOf('}') >= 0) {
            throw new IllegalArgumentException(
                    "The key '" + key + "' of a stream has a brace that keeps other keys out of its hash slot");
        }
        return tag;
    }

    private static String group(String group) {
        if (group.isEmpty()) {
            throw new IllegalArgumentException("The name of a consumer group must not be empty");
        }
        return "group:" + group;
    }
}
