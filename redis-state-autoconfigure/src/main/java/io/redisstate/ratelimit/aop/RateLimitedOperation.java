package io.redisstate.ratelimit.aop;

import io.redisstate.ratelimit.OnLimit;
import io.redisstate.ratelimit.RateLimit;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One limit of one method, read and checked.
 *
 * @param key expression for whom a call counts; empty if all calls count together
 * @param cost a number, or an expression that gives one
 * @param fallback the method to call instead, made accessible
 */
record RateLimitedOperation(
        Supplier<RateLimit> limit,
        String key,
        String cost,
        OnLimit onLimit,
        Duration maxWait,
        @Nullable Method fallback) {}
