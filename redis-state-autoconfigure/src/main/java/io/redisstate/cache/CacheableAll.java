package io.redisstate.cache;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Caches the values of a method that gives many at once, each under its key: {@code Map<K, V> find(Collection<K> keys)}. The
 * method runs with the keys that are not in the cache, and not at all if all are.
 *
 * <p>Keys that the method leaves out of its result, or gives null for, have no value: this is cached too, for the cache's null
 * time, and they are not in the result. Values are found by {@code @Cacheable} methods of the same cache and key, and the other
 * way round. The map may come later, by a {@code CompletableFuture} or {@code Mono}: then neither the caller nor an event loop
 * waits, and the method is called on a thread of the cache. Takes 1 round trip if all keys are there, else 2 (3 for keys that were there before). {@link CacheTags} may use
 * {@code #key} and {@code #result}.
 *
 * @since 0.1
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface CacheableAll {

    /** Name of the cache; a placeholder is resolved. */
    String value();

    /** Name of the parameter with the keys; by default the only collection. */
    String keys() default "";

    /**
     * An expression that gives the cache's key for {@code #key}, over the arguments too, such as
     * {@code "#locale + ':' + #key"}; different for different keys. By default each key is itself.
     */
    String key() default "";
}
