package io.redisstate.cache.write;

/**
 * A write as it lies in the queue.
 *
 * @param id place in the order
 * @param text the key as text
 * @param key the key as JSON
 * @param number which change it is
 * @param entry the value as the cache stores it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PendingWrite(String id, String text, byte[] key, String number, byte[] entry) {}
