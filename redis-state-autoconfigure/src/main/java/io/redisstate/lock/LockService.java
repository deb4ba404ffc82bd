package io.redisstate.lock;

import io.redisstate.core.CallBreaker;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.ClusterCheck;
import io.redisstate.core.CombiningCallExecutor;
import io.redisstate.core.ConnectionCallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.FeatureThreads;
import io.redisstate.core.KeySpace;
import io.redisstate.core.WakeUps;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.util.function.SingletonSupplier;

/**
 * Locks that hold across processes: each name is held by at most one {@link LockLease} at a time.
 *
 * <p>A free lock costs one round trip to take and one to give back, five commands in all counting those inside the script
 * (SET, TIME; EVALSHA, GET, DEL); six on a cluster, where it is taken by a script too. Waiters are told by a message, over one
 * subscription of the process, and look by themselves when the holder's lease ends and every {@link WakeUps#safetyPoll()}. In the default mode the threads of a process pass a lock on
 * among themselves without a round trip, up to {@link Builder#localHandOffs(int)} times before another process that waits
 * gets its turn; in the {@linkplain LockOptions#fair() fair} mode all get it in the order in which they came. The leases of
 * a service are renewed in one pipeline.
 *
 * <p>Redis replicates asynchronously: a fail-over can forget a lock that was just taken. Work that must be safe from that
 * too checks the {@link LockLease#fencingToken()}.
 *
 * <p>Thread-safe. Nothing is sent to Redis before the first use. Methods throw a
 * {@link org.springframework.dao.DataAccessException} if Redis can't be reached at the first attempt; once a caller stands in
 * the queue, it goes on waiting through outages until its wait time is over.
 *
 * @since 0.1
 */
public final class LockService implements AutoCloseable {

    private static final String PLAIN = "";

    private static final Duration SAFETY_POLL = Duration.ofSeconds(10);

    /** What a waiter in another process is granted at first: if it is gone, the next one gets its turn after that. */
    private static final Duration HAND_OVER = Duration.ofSeconds(5);

    private final LockOptions defaults;
    private final FeatureThreads threads;
    private final @Nullable WakeUps ownWakeUps;
    private final LockWiring wiring;
    private final LockLines lines;
    private final ReplicaConfirmation replicas;
    private final Set<FutureWaiter> futures = ConcurrentHashMap.newKeySet();
    private final ThreadHolds holds = new ThreadHolds();
    private final ThreadHolds readWriteHolds = new ThreadHolds();
    private final Permits semaphores;
    private final Permits readWriteLocks;

    /** The service for locks of all applications, made when it is needed; null if this is it. */
    private final @Nullable SingletonSupplier<LockService> global;

    private volatile boolean globalUsed;

    private LockService(Builder builder) {
        this.defaults = builder.defaults;
        this.global = builder.keyPrefix.equals(builder.globalPrefix)
                ? null
                : SingletonSupplier.of(() -> new LockService(builder.global()));
        this.threads = new FeatureThreads("lock", builder.virtualThreads, Duration.ofSeconds(5));
        this.ownWakeUps =
                builder.wakeUps == null ? new WakeUps(builder.connections, builder.keyPrefix, SAFETY_POLL) : null;
        WakeUps wakeUps = builder.wakeUps == null ? Objects.requireNonNull(ownWakeUps) : builder.wakeUps;
        CallExecutor calls = builder.calls == null
                ? new ConnectionGuard(
                        new CombiningCallExecutor(new ConnectionCallExecutor(builder.connections)),
                        ConnectionGuard.backOff(3, Duration.ofMillis(50), Duration.ofMillis(500)),
                        CallBreaker.NONE)
                : builder.calls;
        ClusterCheck cluster = new ClusterCheck(builder.connections);
        LockProtocol protocol = new LockProtocol(calls, KeySpace.of(builder.keyPrefix, "lock"), wakeUps, cluster);
        this.wiring = new LockWiring(
                protocol,
                new RemoteRequests(wakeUps, protocol, threads::executeOrRun, HAND_OVER),
                new LeaseRenewal(calls, threads),
                builder.localHandOffs + 1);
        this.lines = new LockLines(wiring);
        this.replicas = new ReplicaConfirmation(builder.connections, protocol);
        this.semaphores = permits(calls, KeySpace.of(builder.keyPrefix, "semaphore"), wakeUps, cluster);
        this.readWriteLocks = permits(calls, KeySpace.of(builder.keyPrefix, "rwlock"), wakeUps, cluster);
    }

    private Permits permits(CallExecutor calls, KeySpace keys, WakeUps wakeUps, ClusterCheck cluster) {
        return new Permits(
                new PermitProtocol(calls, keys, wakeUps.channel(), cluster),
                wakeUps,
                wiring.renewal(),
                call -> threads.executor().execute(call),
                threads::executeOrRun,
                wiring.requests()::isClosed);
    }

    /** A builder of a service on these connections. */
    public static Builder builder(RedisConnectionFactory connections) {
        return new Builder(connections);
    }

    /** {@link #acquire(String, LockOptions)} with the service's default options. */
    public LockLease acquire(String name) throws InterruptedException {
        return acquire(name, defaults);
    }

    /**
     * Takes the lock, waiting for it if need be. Not reentrant: a holder that acquires again waits for itself.
     *
     * @param name not empty
     * @throws LockTimeoutException if it was not free within {@link LockOptions#waitTime()}
     * @throws LockReplicationException if too few replicas confirmed it
     * @throws InterruptedException if interrupted while waiting; nothing is left behind
     */
    public LockLease acquire(String name, LockOptions options) throws InterruptedException {
        return required(new ThreadWaiter(name, options, threads.executor(), false));
    }

    /** Takes the lock if it is free, with the service's default options; never waits for it. */
    public Optional<LockLease> tryAcquire(String name) {
        wiring.requests().requireOpen();
        var waiter = new ThreadWaiter(name, defaults, threads.executor(), false);
        return Optional.ofNullable(confirmed(lines.tryOnce(waiter)));
    }

    /**
     * Takes the lock, waiting for it if need be.
     *
     * @return empty if it was not free within {@link LockOptions#waitTime()}
     * @throws LockReplicationException if too few replicas confirmed it
     * @throws InterruptedException if interrupted while waiting; nothing is left behind
     */
    public Optional<LockLease> tryAcquire(String name, LockOptions options) throws InterruptedException {
        return Optional.ofNullable(acquired(name, options));
    }

    /** As {@link #tryAcquire(String, LockOptions)}, null if it was not free in time. */
    @Nullable
    HeldLease acquired(String name, LockOptions options) throws InterruptedException {
        return lease(new ThreadWaiter(name, options, threads.executor(), false));
    }

    /**
     * Takes the lock without blocking a thread while waiting. The future fails as {@link #acquire(String, LockOptions)}
     * would; cancelling it ends the wait and leaves nothing behind. {@link LockOptions#interruptOnLoss()} has no effect.
     */
    public CompletableFuture<LockLease> acquireAsync(String name, LockOptions options) {
        wiring.requests().requireOpen();
        return new FutureWaiter(name, options, threads, lines, futures, this::confirm).start();
    }

    /** {@link #runLocked(String, LockOptions, Runnable)} with the service's default options. */
    public void runLocked(String name, Runnable action) throws InterruptedException {
        runLocked(name, defaults, action);
    }

    /**
     * Runs the action while holding the lock. Reentrant for each thread, together with {@link #lock(String)}. The lease is
     * not renewed any more once the thread is dead.
     *
     * @throws LockTimeoutException if the lock was not free in time; the action has not run then
     * @throws LockLostException if the lease was lost while the action ran
     */
    public void runLocked(String name, LockOptions options, Runnable action) throws InterruptedException {
        enter(name, options);
        RuntimeException failure = null;
        try {
            action.run();
        } catch (RuntimeException ex) {
            failure = ex;
            throw ex;
        } finally {
            exit(name, failure);
        }
    }

    /** {@link #callLocked(String, LockOptions, Callable)} with the service's default options. */
    public <T extends @Nullable Object> T callLocked(String name, Callable<T> action) throws Exception {
        return callLocked(name, defaults, action);
    }

    /**
     * Calls the action while holding the lock; see {@link #runLocked(String, LockOptions, Runnable)}.
     *
     * @return what the action returns
     * @throws LockTimeoutException if the lock was not free in time; the action has not been called then
     * @throws LockLostException if the lease was lost while the action ran
     * @throws Exception what the action throws
     */
    public <T extends @Nullable Object> T callLocked(String name, LockOptions options, Callable<T> action)
            throws Exception {
        enter(name, options);
        Exception failure = null;
        try {
            return action.call();
        } catch (Exception ex) {
            failure = ex;
            throw ex;
        } finally {
            exit(name, failure);
        }
    }

    /** {@link #lock(String, LockOptions)} with the service's default options. */
    public Lock lock(String name) {
        return lock(name, defaults);
    }

    /**
     * The lock as a {@link Lock}: reentrant for each thread, to be unlocked by the thread that locked it. {@code lock()} waits
     * without limit, {@code unlock()} throws {@link LockLostException} if the lease had been lost; conditions are not
     * supported. The lease is not renewed any more once the thread is dead.
     */
    public Lock lock(String name, LockOptions options) {
        return new LockView(
                name,
                PLAIN,
                holds,
                wait -> lease(new ThreadWaiter(name, options.withWaitTime(wait), threads.executor(), true)));
    }

    /**
     * A semaphore that all processes share.
     *
     * @param name not empty; semaphores have names of their own, apart from locks
     * @param permits how many permits there are; 1 or more
     */
    public DistributedSemaphore semaphore(String name, int permits) {
        return new DistributedSemaphore(semaphores, name, permits);
    }

    /**
     * A lock for many readers or one writer.
     *
     * @param name not empty; read/write locks have names of their own, apart from locks
     */
    public DistributedReadWriteLock readWriteLock(String name) {
        return new DistributedReadWriteLock(readWriteLocks, readWriteHolds, name);
    }

    /**
     * The service for names that are shared as widely as that: this one for its own application, and one with the
     * {@linkplain Builder#globalPrefix(String) global prefix} for all. It ends with this one.
     */
    public LockService in(LockScope scope) {
        if (scope == LockScope.APPLICATION || global == null) {
            return this;
        }
        globalUsed = true;
        return global.obtain();
    }

    /** The options of the methods that take none. */
    public LockOptions defaults() {
        return defaults;
    }

    /**
     * Ends all waits with an {@link IllegalStateException} and stops renewing. Leases still held are not taken from their
     * holders, who may be at work: they can be released as before, and end with their lease time otherwise.
     */
    @Override
    public void close() {
        if (global != null && globalUsed) {
            global.obtain().close();
        }
        wiring.requests().close();
        lines.close();
        wiring.renewal().close();
        threads.close();
        // Who was told so by a task that has not run any more.
        futures.forEach(waiter -> waiter.close(RemoteRequests.closedFailure()));
        if (ownWakeUps != null) {
            ownWakeUps.close();
        }
    }

    /** What this process keeps: names, requests, leases, and holds of threads. */
    int footprint() {
        return lines.size()
                + futures.size()
                + wiring.requests().size()
                + wiring.renewal().size()
                + holds.size()
                + readWriteHolds.size();
    }

    LeaseRenewal renewal() {
        return wiring.renewal();
    }

    LockProtocol protocol() {
        return wiring.protocol();
    }

    private void enter(String name, LockOptions options) throws InterruptedException {
        if (!holds.reenter(name, PLAIN)) {
            holds.entered(required(new ThreadWaiter(name, options, threads.executor(), true)), PLAIN);
        }
    }

    private void exit(String name, @Nullable Exception failure) {
        try {
            holds.exit(name, PLAIN);
        } catch (LockLostException lost) {
            if (failure == null) {
                throw lost;
            }
            failure.addSuppressed(lost);
        }
    }

    private HeldLease required(ThreadWaiter waiter) throws InterruptedException {
        HeldLease lease = lease(waiter);
        if (lease == null) {
            throw waiter.timeout();
        }
        return lease;
    }

    private @Nullable HeldLease lease(ThreadWaiter waiter) throws InterruptedException {
        wiring.requests().requireOpen();
        Duration wait = waiter.options().waitTime();
        if (wait.isZero()) {
            return confirmed(lines.tryOnce(waiter));
        }
        if (Thread.interrupted()) {
            throw new InterruptedException("Interrupted before waiting for the lock '" + waiter.name() + "'");
        }
        long deadline = System.nanoTime() + wait.toNanos();
        return confirmed(waiter.await(lines.enter(waiter), deadline));
    }

    private @Nullable HeldLease confirmed(@Nullable HeldLease lease) {
        if (lease != null) {
            confirm(lease);
        }
        return lease;
    }

    private void confirm(HeldLease lease) {
        if (lease.options().replicas() > 0) {
            replicas.confirm(lease);
        }
    }

    /** Builds a {@link LockService}. Not thread-safe. */
    public static final class Builder {

        private final RedisConnectionFactory connections;
        private String keyPrefix = "redis-state";
        private String globalPrefix = "global";
        private LockOptions defaults = LockOptions.defaults();
        private int localHandOffs = 16;
        private boolean virtualThreads;
        private @Nullable CallExecutor calls;
        private @Nullable WakeUps wakeUps;

        private Builder(RedisConnectionFactory connections) {
            this.connections = connections;
        }

        /** What all keys and channels start with; default {@code redis-state}. Services share locks if it is the same. */
        public Builder keyPrefix(String prefix) {
            keyPrefix = prefix;
            return this;
        }

        /** What the keys of locks start with that all applications share; default {@code global}. */
        public Builder globalPrefix(String prefix) {
            globalPrefix = prefix;
            return this;
        }

        /** The way to Redis; by default one of its own, which repeats failed calls up to 3 times. */
        public Builder calls(CallExecutor executor) {
            calls = executor;
            return this;
        }

        /** The process's subscription; by default one of its own, closed with the service. */
        public Builder wakeUps(WakeUps shared) {
            wakeUps = shared;
            return this;
        }

        /** The options of the methods that take none. */
        public Builder defaults(LockOptions options) {
            defaults = options;
            return this;
        }

        /** Whether callbacks, asynchronous waits and renewals run on virtual threads; needs Java 21; default false. */
        public Builder virtualThreads(boolean virtual) {
            virtualThreads = virtual;
            return this;
        }

        /**
         * How often a process passes a lock on between its own threads before another process that waits gets its turn;
         * 0 to 1000, default 16.
         */
        public Builder localHandOffs(int count) {
            if (count < 0 || count > 1000) {
                throw new IllegalArgumentException("localHandOffs is " + count + "; allowed are 0 to 1000");
            }
            localHandOffs = count;
            return this;
        }

        private Builder global() {
            Builder copy = new Builder(connections);
            copy.keyPrefix = globalPrefix;
            copy.globalPrefix = globalPrefix;
            copy.defaults = defaults;
            copy.localHandOffs = localHandOffs;
            copy.virtualThreads = virtualThreads;
            copy.calls = calls;
            copy.wakeUps = wakeUps;
            return copy;
        }

        /** The service. */
        public LockService build() {
            return new LockService(this);
        }
    }
}
