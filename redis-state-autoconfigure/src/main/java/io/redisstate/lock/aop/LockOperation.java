package io.redisstate.lock.aop;

import io.redisstate.core.method.Results;
import io.redisstate.lock.LockOptions;
import io.redisstate.lock.LockScope;
import io.redisstate.lock.OnLockFailure;

/**
 * The lock of one method, read and checked.
 *
 * @param name its name, or the first part of it
 * @param key expression of the second part; empty if there is none
 * @param scope who shares it
 * @param handler bean name; empty for the only one
 */
record LockOperation(
        String name,
        String key,
        LockScope scope,
        LockOptions options,
        OnLockFailure onFailure,
        String handler,
        Results results) {}
