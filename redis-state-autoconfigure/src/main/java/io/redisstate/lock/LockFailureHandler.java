package io.redisstate.lock;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a {@link DistributedLock} call gives when the lock was not free in time.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface LockFailureHandler {

    /**
     * The result of the call, of the method's return type; for a future or publisher one of those.
     *
     * @param method the method that was not called
     * @param arguments what it was called with
     * @param failure says which lock, and how long it was waited for
     * @throws Exception if the call is to fail
     */
    @Nullable
    Object handle(Method method, @Nullable Object[] arguments, LockTimeoutException failure) throws Exception;
}
