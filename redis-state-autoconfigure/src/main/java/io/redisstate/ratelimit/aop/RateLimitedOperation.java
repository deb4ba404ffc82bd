package io.redisstate.ratelimit.aop;

import io.redisstate.ratelimit.OnLimit;
import io.redisstate.ratelimit.RateLimit;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.expression.Expression;

/**
 * One limit of one method, read and checked.
 *
 * @param key whom a call counts for; null if all calls count together
 * @param fallback the method to call instead, made accessible
 */
record RateLimitedOperation(
        Supplier<RateLimit> limit,
        @Nullable Expression key,
        Expression cost,
        OnLimit onLimit,
        Duration maxWait,
        @Nullable Method fallback) {}
