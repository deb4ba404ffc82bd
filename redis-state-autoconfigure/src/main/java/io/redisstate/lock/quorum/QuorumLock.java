package io.redisstate.lock.quorum;

import io.redisstate.core.FeatureThreads;
import io.redisstate.lock.LockLease;
import io.redisstate.lock.LockOptions;
import io.redisstate.lock.LockService;
import io.redisstate.lock.LockTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * A lock on most of several independent Redis servers, without replication between them (Redlock, redis.io, Distributed
 * Locks with Redis): it stays usable, and one holder's, while fewer than half of the servers are lost.
 *
 * <p>All servers are asked at once, each for a bounded time. The lock is held if most have granted it and time is left of the
 * lease, less an allowance for the drift of their clocks (1% and 2 ms); else it is released everywhere and tried again after
 * a random pause. The leases are renewed at each server on its own; the lock is lost when it is no longer held at most of them.
 *
 * <p>Its safety rests on clocks that run at about the same speed and on servers that do not forget a lock when they restart:
 * a restarted server without persistence must stay away for a lease time (Kleppmann, How to do distributed locking, 2016).
 * There is no fencing token, since the servers know nothing of one another. Where one server with replicas and a fencing
 * token will do, prefer {@link LockService}. Thread-safe.
 *
 * @since 0.1
 */
public final class QuorumLock implements AutoCloseable {

    private static final Log LOG = LogFactory.getLog(QuorumLock.class);
    private static final long PAUSE_MILLIS = 50;

    private final List<LockService> servers;
    private final Duration serverTimeout;
    private final FeatureThreads threads = new FeatureThreads("quorum-lock", false, Duration.ofSeconds(5));

    /**
     * A lock service on several servers.
     *
     * @param servers a service for each server, which the caller closes; 3 or more, an odd number makes sense. Each should
     *     fail fast: without retries, with short time-outs
     * @param serverTimeout how long one server is waited for; small against the lease times
     */
    public QuorumLock(List<LockService> servers, Duration serverTimeout) {
        if (servers.size() < 3) {
            throw new IllegalArgumentException("A quorum lock has " + servers.size() + " servers; it needs at least 3");
        }
        if (serverTimeout.isZero() || serverTimeout.isNegative()) {
            throw new IllegalArgumentException(
                    "The server timeout of a quorum lock is " + serverTimeout + "; it must be positive");
        }
        this.servers = List.copyOf(servers);
        this.serverTimeout = serverTimeout;
    }

    /** How many servers must grant a lock. */
    public int quorum() {
        return servers.size() / 2 + 1;
    }

    /**
     * Waits for the lock.
     *
     * @param options as of a lock, but without {@link LockOptions#lockAtLeastFor()}
     * @throws LockTimeoutException if most servers did not grant it within {@link LockOptions#waitTime()}: another holds it,
     *     or too many servers are away
     */
    public QuorumLease acquire(String name, LockOptions options) throws InterruptedException {
        return tryAcquire(name, options).orElseThrow(() -> new LockTimeoutException(name, options.waitTime()));
    }

    /** As {@link #acquire}, empty if most servers did not grant it in time. */
    public Optional<QuorumLease> tryAcquire(String name, LockOptions options) throws InterruptedException {
        if (!options.lockAtLeastFor().isZero()) {
            throw new IllegalArgumentException("The lock option lockAtLeastFor is " + options.lockAtLeastFor()
                    + "; a quorum lock allows 0 only, since what few servers granted must be free again at once");
        }
        long deadline = System.nanoTime() + options.waitTime().toNanos();
        while (true) {
            QuorumLease lease = tryOnce(name, options);
            if (lease != null) {
                return Optional.of(lease);
            }
            long pause = PAUSE_MILLIS + ThreadLocalRandom.current().nextLong(PAUSE_MILLIS);
            if (deadline - System.nanoTime() <= TimeUnit.MILLISECONDS.toNanos(pause)) {
                return Optional.empty();
            }
            TimeUnit.MILLISECONDS.sleep(pause);
        }
    }

    private @Nullable QuorumLease tryOnce(String name, LockOptions options) throws InterruptedException {
        LockOptions now = options.withWaitTime(Duration.ZERO);
        long begun = System.nanoTime();
        List<CompletableFuture<Optional<LockLease>>> answers = new ArrayList<>(servers.size());
        List<LockLease> leases = new ArrayList<>(servers.size());
        boolean complete = false;
        try {
            servers.forEach(server ->
                    answers.add(CompletableFuture.supplyAsync(() -> ask(server, name, now), threads.executor())));
            long until = begun + serverTimeout.toNanos();
            for (CompletableFuture<Optional<LockLease>> answer : answers) {
                answer(answer, until).ifPresent(leases::add);
            }
            QuorumLease lease = new QuorumLease(name, leases, quorum(), drift(options), this::releaseAll);
            complete = lease.isHeld();
            return complete ? lease : null;
        } finally {
            releaseLateAnswers(answers, leases);
            if (!complete) {
                leases.forEach(lease -> threads.executeOrRun(lease::release));
            }
        }
    }

    private void releaseAll(List<LockLease> leases) {
        CompletableFuture<?>[] releases = leases.stream()
                .map(lease -> CompletableFuture.runAsync(lease::release, threads::executeOrRun))
                .toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(releases).get(serverTimeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException ex) {
            LOG.debug("A server of the quorum did not confirm a release in time", ex);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /** The allowance for clocks of different speed, as Redlock has it. */
    private static Duration drift(LockOptions options) {
        return options.leaseTime().dividedBy(100).plusMillis(2);
    }

    private static Optional<LockLease> ask(LockService server, String name, LockOptions options) {
        try {
            return server.tryAcquire(name, options);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (RuntimeException ex) {
            LOG.debug("A server of the quorum did not answer for lock '" + name + "'", ex);
            return Optional.empty();
        }
    }

    private static Optional<LockLease> answer(CompletableFuture<Optional<LockLease>> answer, long until)
            throws InterruptedException {
        try {
            return answer.get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException ex) {
            return Optional.empty();
        } catch (ExecutionException ex) {
            throw new IllegalStateException("A server could not be asked", ex.getCause());
        }
    }

    /** What a server grants after its time is given back. */
    private static void releaseLateAnswers(
            List<CompletableFuture<Optional<LockLease>>> answers, List<LockLease> leases) {
        for (CompletableFuture<Optional<LockLease>> answer : answers) {
            var unused = answer.thenAccept(
                    late -> late.filter(lease -> !leases.contains(lease)).ifPresent(LockLease::release));
        }
    }

    /** Ends its threads; the services of the servers stay open. */
    @Override
    public void close() {
        threads.close();
    }

    @Override
    public String toString() {
        return "quorum lock of " + Objects.toString(quorum()) + " of " + servers.size() + " servers";
    }
}
