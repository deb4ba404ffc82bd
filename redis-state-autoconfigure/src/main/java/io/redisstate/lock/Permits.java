package io.redisstate.lock;

import io.redisstate.core.FailureKind;
import io.redisstate.core.WakeUps;
import io.redisstate.lock.PermitProtocol.Request;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/** Gets permits for one service: asks, queues, waits for the message that they may be there, and looks. Thread-safe. */
final class Permits {

    private static final Log LOG = LogFactory.getLog(Permits.class);
    private static final Duration SUBSCRIPTION_LIMIT = Duration.ofSeconds(2);
    private static final long RETRY_MILLIS = 250;

    private final PermitProtocol protocol;
    private final WakeUps wakeUps;
    private final LeaseRenewal renewal;
    private final Executor callbacks;
    private final Executor background;
    private final BooleanSupplier closed;

    /**
     * Permits of a service.
     *
     * @param callbacks refuses once the service is closed
     * @param background runs what it is given in any case
     */
    Permits(
            PermitProtocol protocol,
            WakeUps wakeUps,
            LeaseRenewal renewal,
            Executor callbacks,
            Executor background,
            BooleanSupplier closed) {
        this.protocol = protocol;
        this.wakeUps = wakeUps;
        this.renewal = renewal;
        this.callbacks = callbacks;
        this.background = background;
        this.closed = closed;
    }

    /** The lease, or null if there are not enough permits within the wait. */
    @Nullable
    PermitLease acquire(String name, int permits, int capacity, LockOptions options, Duration wait)
            throws InterruptedException {
        Request request = new Request(
                name,
                UUID.randomUUID().toString(),
                permits,
                capacity,
                options.leaseTime().toMillis());
        long deadline = System.nanoTime() + wait.toNanos();
        long sent = System.nanoTime();
        long[] reply = firstTry(request);
        if (reply[0] == 1) {
            return lease(request, options, reply[1], sent);
        }
        if (permits > capacity && permits > reply[2]) {
            throw new IllegalArgumentException("The permits wanted of semaphore '" + name + "' are " + permits
                    + "; allowed is 1 to " + Math.max(capacity, reply[2]));
        }
        return wait.isZero() ? null : queue(request, options, deadline);
    }

    PermitProtocol protocol() {
        return protocol;
    }

    private long[] firstTry(Request request) {
        try {
            return protocol.acquire(request, false);
        } catch (RuntimeException ex) {
            // Redis may have run it all the same.
            giveUpLater(request);
            throw ex;
        }
    }

    private @Nullable PermitLease queue(Request request, LockOptions options, long deadline)
            throws InterruptedException {
        Thread waiter = Thread.currentThread();
        AtomicBoolean look = new AtomicBoolean();
        PermitLease lease = null;
        try (WakeUps.Registration registration = wakeUps.register(request.lease(), data -> {
            look.set(true);
            LockSupport.unpark(waiter);
        })) {
            // Without a subscription this process would be taken for dead.
            boolean unused = wakeUps.awaitListening(SUBSCRIPTION_LIMIT);
            while (lease == null && deadline - System.nanoTime() > 0) {
                look.set(false);
                long sent = System.nanoTime();
                long[] reply = ask(request, deadline);
                if (reply[0] == 1) {
                    lease = lease(request, options, reply[1], sent);
                } else {
                    park(request, look, Math.min(deadline, sent + nanosToLook(reply[1])));
                }
            }
            return lease;
        } finally {
            if (lease == null) {
                giveUp(request);
            }
        }
    }

    /** A waiter outlasts an outage of Redis, until its deadline. */
    private long[] ask(Request request, long deadline) {
        try {
            return protocol.acquire(request, true);
        } catch (DataAccessException ex) {
            long retry = TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS);
            if (FailureKind.of(ex) == FailureKind.REFUSED || deadline - System.nanoTime() <= retry) {
                throw ex;
            }
            return new long[] {0, RETRY_MILLIS, 0};
        }
    }

    private long nanosToLook(long millisToNextEnd) {
        long poll = wakeUps.safetyPoll().toNanos();
        return millisToNextEnd < 0 ? poll : Math.min(poll, TimeUnit.MILLISECONDS.toNanos(millisToNextEnd + 1));
    }

    private void park(Request request, AtomicBoolean look, long until) throws InterruptedException {
        while (!look.get() && until - System.nanoTime() > 0) {
            if (Thread.interrupted()) {
                throw new InterruptedException("Interrupted while waiting for permits of '" + request.name() + "'");
            }
            if (closed.getAsBoolean()) {
                throw new IllegalStateException("The lock service is closed");
            }
            LockSupport.parkNanos(this, Math.min(until - System.nanoTime(), TimeUnit.SECONDS.toNanos(1)));
        }
    }

    private void giveUp(Request request) {
        boolean interrupted = Thread.interrupted();
        try {
            protocol.cancel(request);
        } catch (DataAccessException ex) {
            LOG.warn("A waiter for permits of '" + request.name()
                    + "' could not take back its wish; what it may be given" + " ends with its lease: " + ex);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void giveUpLater(Request request) {
        background.execute(() -> giveUp(request));
    }

    private PermitLease lease(Request request, LockOptions options, long token, long sent) {
        Thread toInterrupt = options.interruptOnLoss() ? Thread.currentThread() : null;
        PermitLease lease = new PermitLease(request, options, token, sent, toInterrupt);
        renewal.watch(lease.renewable);
        return lease;
    }

    /** Permits that are held. */
    final class PermitLease extends AbstractLease {

        private final Request request;
        private final Renewable renewable;

        private PermitLease(Request request, LockOptions options, long token, long sent, @Nullable Thread toInterrupt) {
            super(request.name(), token, callbacks, toInterrupt);
            this.request = request;
            // One millisecond less: Redis counts in whole ones.
            this.renewable = new Renewable(sent + (request.leaseMillis() - 1) * 1_000_000) {
                @Override
                io.redisstate.core.ScriptCall<Long> renewal() {
                    return protocol.renewal(request);
                }

                @Override
                boolean renewing() {
                    return options.renew();
                }

                @Override
                long leaseNanos() {
                    return request.leaseMillis() * 1_000_000;
                }

                @Override
                void lost() {
                    lose();
                }
            };
        }

        @Override
        long deadline() {
            return renewable.deadline();
        }

        @Override
        boolean giveBack() {
            renewal.forget(renewable);
            try {
                return protocol.release(request);
            } catch (DataAccessException ex) {
                LOG.warn("Permits of '" + request.name() + "' could not be given back and end with their lease: " + ex);
                return true;
            }
        }
    }
}
