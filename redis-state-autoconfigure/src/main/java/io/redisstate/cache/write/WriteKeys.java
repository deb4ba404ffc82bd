package io.redisstate.cache.write;

import io.redisstate.core.KeySpace;

/**
 * The keys of one cache's queue, of one hash slot.
 *
 * @param order stream of the keys to be written, in the order they are due
 * @param pending hash of their latest values
 * @param dead hash of the writes given up
 * @param lease who writes
 * @param number how many changes there have been
 */
public record WriteKeys(String order, String pending, String dead, String lease, String number) {

    /** Of a cache in a key space. */
    public static WriteKeys of(KeySpace keys, String cache) {
        return new WriteKeys(
                keys.key(cache, "writes"),
                keys.key(cache, "writes:pending"),
                keys.key(cache, "writes:dead"),
                keys.key(cache, "writes:lease"),
                keys.key(cache, "writes:number"));
    }
}
