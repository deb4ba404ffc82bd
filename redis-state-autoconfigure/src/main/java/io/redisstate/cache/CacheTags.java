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
     * tags, or null for none. The result can't be used: tags must be known before the value is loaded, so that an
     * invalidation during the load wins.
     */
    String[] value();
}
