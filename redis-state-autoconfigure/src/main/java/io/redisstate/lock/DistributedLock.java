package io.redisstate.lock;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Calls a method of a bean only while holding a lock, across all processes.
 *
 * <p>The lock is held until the method returns or, if it returns a {@code CompletionStage} or a publisher, until that has
 * ended; a publisher acquires at each subscription. A direct call is reentrant for its thread. If the lease is lost
 * meanwhile, the call fails with {@link LockLostException}, unless it has failed already. By default the lock surrounds
 * the transaction, so the next holder sees what this one has committed.
 *
 * <p>Durations are texts such as {@code 30s} or {@code PT1M}; they and the name may contain placeholders. An annotation
 * that can't be obeyed, or that a proxy can't see (private, static, final), fails the start of the application. May be
 * put on another annotation. Costs as {@link LockService}.
 *
 * @since 0.1
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface DistributedLock {

    /** The lock's name, or its first part if there is a key; by default the class and method, if there is a key. */
    String name() default "";

    /**
     * A SpEL expression for what is locked, such as {@code #order.id}: arguments by name, {@code @bean}s,
     * {@code #root.method}, {@code #root.target}, {@code #root.targetClass} and {@code #root.args}. The lock is then
     * {@code <name>:<key>}. A key of null or an empty one is an error.
     */
    String key() default "";

    /** Who shares the lock: the processes of this application, or all applications ({@code redis-state.lock.global-prefix}). */
    LockScope scope() default LockScope.APPLICATION;

    /** How long to wait at most; by default {@code redis-state.lock.wait-time}. */
    String waitTime() default "";

    /** How long the lock stays taken if the process dies; by default {@code redis-state.lock.lease-time}. */
    String leaseTime() default "";

    /** How long the lock stays taken at least, even if the method ends earlier; by default 0. */
    String lockAtLeastFor() default "";

    /** Whether the lease is renewed while the method runs. */
    boolean renew() default true;

    /** Whether waiters get the lock in the order they came; {@code redis-state.lock.fair} makes all of them fair. */
    boolean fair() default false;

    /** What happens when the lock is not free in time. */
    OnLockFailure onFailure() default OnLockFailure.THROW;

    /** For {@link OnLockFailure#HANDLE}: the name of the {@link LockFailureHandler} bean; by default the only one. */
    String handler() default "";
}
