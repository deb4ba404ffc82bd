/** Spring's caching annotations on {@link io.redisstate.cache.RedisStateCache}: types, tags and load protection. */
@NullMarked
package io.redisstate.cache.aop;

import org.jspecify.annotations.NullMarked;
