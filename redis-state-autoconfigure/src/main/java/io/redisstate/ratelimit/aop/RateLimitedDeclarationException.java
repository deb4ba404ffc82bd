package io.redisstate.ratelimit.aop;

import java.lang.reflect.Method;

/**
 * A {@link io.redisstate.ratelimit.RateLimited} annotation can't be obeyed.
 *
 * @since 0.1
 */
public class RateLimitedDeclarationException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    RateLimitedDeclarationException(Method method, String attribute, Object given, String allowed) {
        super("@RateLimited on " + name(method) + ": " + attribute + " is '" + given + "'; allowed is " + allowed);
    }

    RateLimitedDeclarationException(Method method, String problem) {
        super("@RateLimited on " + name(method) + ": " + problem);
    }

    static String name(Method method) {
        return method.getDeclaringClass().getName() + '.' + method.getName();
    }
}
