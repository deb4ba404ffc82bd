package io.redisstate.cache.write;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A write that its {@link CacheWriter} has refused too often, kept until it is tried again or a later one of the key succeeds.
 *
 * @param key the key; null if it can't be read any more
 * @param keyText the key as text, by which it is tried again
 * @param value the value; null for a deletion, or if it can't be read any more
 * @param error what the writer threw last
 * @param at when it was given up
 * @since 0.1
 */
public record DeadWrite(@Nullable Object key, String keyText, @Nullable Object value, String error, Instant at) {}
