package io.redisstate.cache.near;

import io.redisstate.cache.write.WriteKeys;
import io.redisstate.core.KeySpace;
import java.util.List;
import java.util.Optional;

/**
 * One cache's keys. Those of an entry share a hash slot; where writes are queued, those of all entries and of the queue do,
 * so that one script can change an entry and queue its write.
 */
public final class CacheKeys {

    private static final String ENTRY = "entry:";
    private static final String LOAD = "load";

    private final KeySpace keys;
    private final String root;
    private final String cache;
    private final boolean gathered;

    /** Keys of a cache, in one slot or spread over all. */
    public CacheKeys(String prefix, String cacheName, boolean gathered) {
        String plain = encoded(cacheName);
        this.cache = plain;
        this.gathered = gathered;
        this.keys = KeySpace.of(prefix, gathered ? "cache" : "cache:" + plain);
        String any = keys.key("a");
        this.root = gathered ? keys.key(plain, ENTRY) : any.substring(0, any.indexOf('{') + 1);
    }

    /** A cache's name within a key, where braces and white space can't stand. */
    private static String encoded(String name) {
        StringBuilder plain = new StringBuilder(name.length());
        name.chars().forEach(character -> {
            if (character == '%'
                    || character == '{'
                    || character == '}'
                    || character <= ' '
                    || Character.isWhitespace(character)
                    || Character.isISOControl(character)) {
                plain.append(String.format("%%%04X", character));
            } else {
                plain.append((char) character);
            }
        });
        return plain.toString();
    }

    /** Whether all keys are in one slot. */
    public boolean isGathered() {
        return gathered;
    }

    /** What the keys of all entries start with. */
    public String root() {
        return root;
    }

    public String entry(String key) {
        return gathered ? root + key : keys.key(key);
    }

    public String load(String key) {
        return gathered ? keys.key(cache, LOAD + ':' + key) : keys.key(key, LOAD);
    }

    /** An entry and the claim to load it. */
    public List<String> both(String key) {
        return List.of(entry(key), load(key));
    }

    /** What an entry's key in Redis was made from; empty for other keys. */
    public Optional<String> nameOf(String redisKey) {
        if (!redisKey.startsWith(root)) {
            return Optional.empty();
        }
        if (gathered) {
            return Optional.of(redisKey.substring(root.length()));
        }
        return redisKey.endsWith("}") ? keys.nameOf(redisKey) : Optional.empty();
    }

    /** What the keys match of entries whose keys match a pattern. */
    public String matching(String pattern) {
        return gathered ? root + pattern : root + pattern + '}';
    }

    /** The keys of the queue of writes. */
    public WriteKeys writes() {
        return WriteKeys.of(keys, cache);
    }
}
