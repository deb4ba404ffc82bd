package io.redisstate.cache;

import java.lang.reflect.Type;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks of a cache.
 *
 * @param given the key as the caller gave it
 * @param key the same as text
 * @param type what the value is read and written as, if the caller says so
 * @param tags what a value that is stored gets
 */
record Request(Object given, String key, @Nullable Type type, Set<String> tags) {}
