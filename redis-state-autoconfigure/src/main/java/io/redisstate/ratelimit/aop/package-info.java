/** The advice behind {@link io.redisstate.ratelimit.RateLimited}. */
@NullMarked
package io.redisstate.ratelimit.aop;

import org.jspecify.annotations.NullMarked;
