package io.redisstate.stream.container;

import io.redisstate.core.FailureKind;
import io.redisstate.stream.HandlerCircuit;
import io.redisstate.stream.StreamEntry;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * The one reader of a container: joins the group, reads when there is room, gives signs of life, and takes up what is due
 * or was left. All of it on one thread, so nothing it has just been given can look as if nobody worked on it.
 */
final class ReadLoop implements Settlement.Schedule {

    private static final Log LOG = LogFactory.getLog(ReadLoop.class);
    private static final Duration FLUSH_AGE = Duration.ofSeconds(1);
    private static final Duration LEAST_SWEEP = Duration.ofSeconds(10);
    private static final long CIRCUIT_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int MOST_NAMES = 1_000;

    private final ContainerOptions options;
    private final GroupProtocol protocol;
    private final GroupReader reader;
    private final WorkQueue queue;
    private final Counters counters;
    private final boolean ordered;
    private final @Nullable HandlerCircuit circuit;
    private final long tickNanos;
    private @Nullable Settlement settlement;

    private volatile Membership member;
    private volatile ContainerState state = ContainerState.DISCONNECTED;
    private volatile boolean running = true;
    private volatile boolean paused;
    private volatile @Nullable Thread thread;
    private volatile long nextTick;
    private volatile long lastSign;

    private volatile boolean joined;

    // The reader's own.
    private boolean everJoined;
    private boolean active;
    private boolean sweeping;
    private String sweptTo = "-";
    private long nextSweep;
    private boolean moreDue;
    private boolean outage;
    private BackOffExecution pauses = newPauses();

    ReadLoop(
            ContainerOptions options,
            GroupProtocol protocol,
            GroupReader reader,
            WorkQueue queue,
            Counters counters,
            boolean ordered,
            @Nullable HandlerCircuit circuit) {
        this.options = options;
        this.protocol = protocol;
        this.reader = reader;
        this.queue = queue;
        this.counters = counters;
        this.ordered = ordered;
        this.circuit = circuit;
        this.member = new Membership(options.consumer(), UUID.randomUUID() + ".", 0);
        this.tickNanos = options.tick().toNanos();
    }

    void settlement(Settlement newSettlement) {
        this.settlement = newSettlement;
    }

    Membership member() {
        return member;
    }

    ContainerState state() {
        return state;
    }

    /** Whether its thread lives. */
    boolean isAlive() {
        Thread reading = thread;
        return reading != null && reading.isAlive();
    }

    void pause(boolean now) {
        paused = now;
        wake();
    }

    /** Ends it after the read under way. */
    void stop() {
        running = false;
        wake();
        reader.unblock();
    }

    @Override
    public boolean isSurelyMember() {
        return joined && System.nanoTime() - lastSign < options.minIdle().toNanos() / 2;
    }

    @Override
    public void roomMade() {
        wake();
    }

    @Override
    public void dueIn(Duration delay) {
        long due = System.nanoTime() + delay.toNanos();
        if (due - nextTick < 0) {
            nextTick = due;
        }
    }

    private void wake() {
        Thread reading = thread;
        if (reading != null) {
            LockSupport.unpark(reading);
        }
    }

    void run() {
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

    private void turn() {
        if (!joined) {
            join();
        }
        if (System.nanoTime() - nextTick >= 0) {
            tick();
        }
        if (!joined) {
            return;
        }
        boolean circuitOpen = circuit != null && !circuit.permits();
        int room = options.inFlightLimit() - counters.inFlight.get();
        ContainerState mode = mode(circuitOpen);
        if (!outage) {
            state = mode;
        }
        if (mode != ContainerState.RUNNING || room <= 0) {
            long wait = nextTick - System.nanoTime();
            LockSupport.parkNanos(this, circuitOpen ? Math.min(wait, CIRCUIT_POLL_NANOS) : wait);
            return;
        }
        if (moreDue) {
            nextTick = System.nanoTime();
            moreDue = false;
        } else if (sweeping) {
            sweep(room);
        } else {
            read(Math.min(room, options.batchSize()));
        }
    }

    private ContainerState mode(boolean circuitOpen) {
        if (paused) {
            return ContainerState.PAUSED;
        }
        if (!active) {
            return ContainerState.STANDBY;
        }
        return circuitOpen ? ContainerState.CIRCUIT_OPEN : ContainerState.RUNNING;
    }

    private void join() {
        String name = member.consumer();
        String start = everJoined ? "0" : options.startId();
        for (int number = 1; number <= MOST_NAMES; number++) {
            long begun = System.nanoTime();
            Membership joining = member.next(name);
            long[] reply = protocol.join(joining, start);
            if (reply[1] == 1 && everJoined) {
                LOG.warn("Group '" + options.group() + "' of stream '" + options.stream()
                        + "' was gone; it has been made again and begins with the first message");
            }
            if (reply[0] == 1) {
                member = joining;
                lastSign = begun;
                joined = true;
                everJoined = true;
                active = !ordered;
                beginSweep();
                nextTick = System.nanoTime();
                return;
            }
            name = options.consumer() + "-" + (number + 1);
        }
        throw new IllegalStateException("All of " + MOST_NAMES + " consumer names are taken: " + options.consumer());
    }

    private void beginSweep() {
        sweeping = true;
        sweptTo = "-";
    }

    private void tick() {
        boolean circuitOpen = circuit != null && !circuit.permits();
        int room = Math.max(0, options.inFlightLimit() - counters.inFlight.get());
        int want = paused || circuitOpen ? 0 : Math.min(room, options.batchSize());
        long asked = System.nanoTime();
        GroupProtocol.Tick tick = protocol.tick(member, want);
        if (!tick.member()) {
            LOG.warn("Others have taken over the messages of stream consumer '" + member.consumer() + "' of group '"
                    + options.group() + "': it gave no sign of life for " + options.minIdle() + ". It joins again");
            leftBehind();
            return;
        }
        working();
        lastSign = asked;
        counters.pending = tick.pending();
        counters.lag = tick.lag();
        lost(tick.lost());
        dispatch(tick.given());
        if (tick.active() && !active) {
            beginSweep();
        }
        active = tick.active();
        long now = System.nanoTime();
        if (now - nextSweep >= 0) {
            nextSweep = now + Math.max(options.minIdle().toNanos(), LEAST_SWEEP.toNanos());
            beginSweep();
        }
        moreDue = want > 0 && tick.given().size() >= want;
        long wait = tickNanos;
        if (tick.untilDueMillis() >= 0 && want > 0 && active) {
            wait = Math.min(wait, TimeUnit.MILLISECONDS.toNanos(tick.untilDueMillis() + 1));
        }
        nextTick = now + wait;
        settled().tellUntold();
        settled().flushOlderThan(FLUSH_AGE);
    }

    /** Others have, or will have, what it has not begun. */
    private void leftBehind() {
        joined = false;
        active = false;
        queue.drain().forEach(settled()::drop);
    }

    private void sweep(int room) {
        GroupProtocol.Page page = protocol.sweep(
                member,
                ordered,
                sweptTo,
                Math.min(room, options.batchSize()),
                settled().working());
        if (page == null) {
            leftBehind();
            return;
        }
        working();
        lost(page.lost());
        dispatch(page.given());
        sweptTo = page.last();
        sweeping = !page.last().isEmpty();
    }

    private void lost(List<String> ids) {
        if (!ids.isEmpty()) {
            counters.lost.add(ids.size());
            LOG.warn(ids.size() + " messages of stream '" + options.stream()
                    + "' were trimmed or deleted before group '" + options.group() + "' had handled them: " + ids);
            ids.forEach(queue::forget);
        }
    }

    private void dispatch(List<GroupProtocol.Given> given) {
        if (!given.isEmpty()) {
            Batch batch = new Batch(member, given.size());
            given.forEach(one -> batch.add(new Delivery(one.entry(), one.count(), batch)));
            counters.redelivered.add(given.size());
            settled().opened(batch);
            queue.add(batch);
        }
    }

    private void read(int count) {
        long untilTick = TimeUnit.NANOSECONDS.toMillis(nextTick - System.nanoTime());
        long block = Math.max(1, Math.min(untilTick, options.block().toMillis()));
        List<?> entries = reader.read(member.consumer(), count, block);
        working();
        if (!entries.isEmpty()) {
            Batch batch = new Batch(member, entries.size());
            for (Object element : entries) {
                StreamEntry entry = GroupReader.entryOf(element);
                batch.add(new Delivery(entry, 1, batch));
            }
            counters.read.add(entries.size());
            settled().opened(batch);
            queue.add(batch);
        }
    }

    private Settlement settled() {
        Settlement present = settlement;
        if (present == null) {
            throw new IllegalStateException("The loop has no settlement");
        }
        return present;
    }

    private void working() {
        if (outage) {
            outage = false;
            LOG.info("Stream listener '" + options.id() + "' works again");
        }
        pauses = newPauses();
    }

    private void recoverFrom(Throwable failure) {
        String text = String.valueOf(failure.getMessage()) + failure.getCause();
        if (text.contains("NOGROUP") || text.contains("UNBLOCKED") || text.contains("no longer exists")) {
            joined = false;
            LOG.debug("Stream listener '" + options.id() + "' has lost its group", failure);
        } else if (!outage) {
            outage = true;
            counters.outages.increment();
            state = ContainerState.DISCONNECTED;
            LOG.warn("Stream listener '" + options.id() + "' can't read stream '" + options.stream()
                    + "' and tries again until it can: " + failure);
            LOG.debug(FailureKind.of(failure), failure);
        }
        // The reply to a read may have been lost on its way.
        beginSweep();
        LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(pauses.nextBackOff()));
    }

    private static BackOffExecution newPauses() {
        ExponentialBackOff pauses = new ExponentialBackOff(100, 2);
        pauses.setMaxInterval(5_000);
        pauses.setJitter(50);
        return pauses.start();
    }
}
