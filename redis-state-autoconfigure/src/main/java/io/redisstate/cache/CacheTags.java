package io.redisstate.cache;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Tags of what a {@code @Cacheable} or {@code @CachePut} method puts into the cache; see
 * {@link TaggedCache#invalidateTag(String)}.
 *
 * @since 0.1
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface CacheTags {

    /**
     * Expressions over the arguments, such as {@code "'customer:' + #order.customer"}; each gives a tag, a collection of
     * tags, or null for none.
     *
     * <p>With {@code #result} also over the result, without the {@code Optional}, future or publisher around it. Such tags are
     * known only after the load, so the value is not stored if any tag at all was invalidated during the load; this takes 2
     * round trips more. On methods with {@link CacheableAll} {@code #key} is each key and {@code #result} its value, null if
     * it has none.
     */
    String[] value();
}
