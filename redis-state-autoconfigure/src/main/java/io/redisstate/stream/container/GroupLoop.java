package io.redisstate.stream.container;

import io.redisstate.stream.HandlerCircuit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The thread of a container that talks to its group: takes its turns until it is stopped, goes on after an outage, and
 * joins again when it is no longer a member. Running it ends when it is stopped; looking, pausing and stopping are for any
 * thread.
 */
abstract class GroupLoop implements Runnable {

    static final long CIRCUIT_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final Log LOG = LogFactory.getLog(GroupLoop.class);
    private static final Duration LEAST_SWEEP = Duration.ofSeconds(10);

    final ContainerOptions options;
    final Counters counters;
    final Enrolment enrolment;
    final Outages outages;
    private final WorkQueue queue;
    private final @Nullable HandlerCircuit circuit;

    /** When it looks at the group again, and gives a sign of life. */
    volatile long nextTick;

    private volatile ContainerState state = ContainerState.DISCONNECTED;
    private volatile boolean running = true;
    private volatile boolean paused;
    private volatile @Nullable Thread thread;
    private long nextSweep;

    GroupLoop(ContainerOptions options, WorkQueue queue, Counters counters, @Nullable HandlerCircuit circuit) {
        this.options = options;
        this.queue = queue;
        this.counters = counters;
        this.circuit = circuit;
        this.enrolment = new Enrolment(options);
        this.outages = new Outages(options, counters);
    }

    abstract Settlement settlement();

    /** Does what there is to do, or waits for it. */
    abstract void turn();

    /** Looks from now on for what nobody works on, as after a reply that may have been lost on its way. */
    abstract void beginSweep();

    /** How it talks to Redis now. */
    abstract Outages.Path path();

    /** Ends what it waits for on the server. */
    abstract void unblock();

    /** After its end: tells Redis what handlers have done. */
    abstract void settle();

    /** After its end: keeps what is in work. */
    abstract void signOfLife();

    /** After its end: gives back what has not been begun, and leaves the group if all else is settled. */
    abstract void leave(boolean endedAll, List<Delivery> notBegun);

    /** Ends its connection. */
    abstract void close();

    final Membership member() {
        return enrolment.member();
    }

    final ContainerState state() {
        return state;
    }

    /** Whether its thread lives. */
    final boolean isAlive() {
        Thread turning = thread;
        return turning != null && turning.isAlive();
    }

    /** Whether it takes nothing more. */
    final void pause(boolean now) {
        paused = now;
        look();
    }

    final boolean isPaused() {
        return paused;
    }

    final boolean isRunning() {
        return running;
    }

    /** Ends it after what is under way. */
    final void stop() {
        running = false;
        wake();
        unblock();
    }

    /** Makes it look at what has changed. */
    void look() {
        wake();
    }

    final void wake() {
        LockSupport.unpark(thread);
    }

    @Override
    public void run() {
        thread = Thread.currentThread();
        nextTick = System.nanoTime();
        while (running) {
            try {
                turn();
            } catch (RuntimeException | Error ex) {
                if (running) {
                    recoverFrom(ex);
                }
            }
        }
    }

    private void recoverFrom(Throwable failure) {
        if (outages.begin(path(), failure)) {
            enrolment.left();
            queue.drain().forEach(settlement()::drop);
        } else {
            state = ContainerState.DISCONNECTED;
        }
        beginSweep();
        outages.pause(() -> running);
    }

    /** Others have, or will have, what it has not begun. */
    void expelled() {
        enrolment.expelled();
        queue.drain().forEach(settlement()::drop);
    }

    final boolean isCircuitOpen() {
        return circuit != null && !circuit.permits();
    }

    final ContainerState mode(boolean circuitOpen) {
        if (paused) {
            return ContainerState.PAUSED;
        }
        return circuitOpen ? ContainerState.CIRCUIT_OPEN : ContainerState.RUNNING;
    }

    final void is(ContainerState now) {
        state = now;
    }

    /** How many more it may have in flight. */
    final int room() {
        return options.inFlightLimit() - counters.inFlight.get();
    }

    /**
     * The time until the next tick: not past the end of another's life, whose work waits from then on.
     *
     * @param untilDeathMillis -1 if there is no other
     */
    final long tickNanos(long untilDeathMillis) {
        long tick = options.tick().toNanos();
        return untilDeathMillis < 0 ? tick : Math.min(tick, TimeUnit.MILLISECONDS.toNanos(untilDeathMillis + 1));
    }

    /** Whether it is time to look for what nobody works on; true once, then no more for a while. */
    final boolean isSweepDue(long now) {
        if (now - nextSweep < 0) {
            return false;
        }
        nextSweep = now + Math.max(options.minIdle().toNanos(), LEAST_SWEEP.toNanos());
        return true;
    }

    final void lost(List<String> ids) {
        if (!ids.isEmpty()) {
            counters.lost.add(ids.size());
            LOG.warn(ids.size() + " messages of stream '" + options.stream()
                    + "' were trimmed or deleted before group '" + options.group() + "' had handled them: " + ids);
        }
    }
}
