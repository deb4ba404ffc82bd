package io.redisstate.stream.container;

import io.redisstate.core.BlockingConnection;
import io.redisstate.stream.HandlerCircuit;
import io.redisstate.stream.StreamEntry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * A consumer of an ordered group. Of all of them one leads: it reads and puts entries into lanes, by their keys. Each of
 * them takes free lanes, some entries of each, and gives a lane back when these are settled. All that is said to Redis, but
 * for dead letters, is said on one thread, in one call at a time that does everything there is to do.
 */
final class LaneLoop implements ConsumerLoop {

    private static final Log LOG = LogFactory.getLog(LaneLoop.class);
    private static final Duration LEAST_SWEEP = Duration.ofSeconds(10);
    private static final long CIRCUIT_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final ContainerOptions options;
    private final LaneProtocol protocol;
    private final Lanes lanes;
    private final LaneWork work;
    private final Counters counters;
    private final @Nullable HandlerCircuit circuit;
    private final Executor threads;
    private final Doorbell doorbell;
    private final LaneSettlement settlement;
    private final Enrolment enrolment;
    private final Outages outages;

    private volatile ContainerState state = ContainerState.DISCONNECTED;
    private volatile boolean running = true;
    private volatile boolean paused;
    private volatile boolean rung;
    private volatile @Nullable Thread thread;

    // The loop's own.
    private boolean leading;
    private boolean more;
    private List<LaneProtocol.Put> putting = List.of();
    /** Where a look at what nobody works on goes on; null if there is none under way. */
    private @Nullable String ownAfter;

    private @Nullable String unlanedAfter;
    private long nextSweep;
    private long nextTick;
    private long due;

    LaneLoop(
            StreamContainer.Parts parts,
            Lanes lanes,
            BlockingConnection connection,
            Executor threads,
            LaneWork work,
            Counters counters) {
        this.options = parts.options();
        this.protocol = new LaneProtocol(parts.calls(), parts.keys(), options);
        this.lanes = lanes;
        this.work = work;
        this.counters = counters;
        this.circuit = parts.with().circuit();
        this.threads = threads;
        this.doorbell = new Doorbell(
                connection,
                protocol,
                Math.min(options.block().toMillis(), options.tick().toMillis()),
                this::ring);
        this.settlement = new LaneSettlement(
                protocol, options, work, counters, parts.with().handledBefore(), this::wake, this::ring);
        this.enrolment = new Enrolment(options);
        work.leasedBy(enrolment::holds);
        this.outages = new Outages(options, counters);
    }

    LaneSettlement settlement() {
        return settlement;
    }

    @Override
    public Membership member() {
        return enrolment.member();
    }

    @Override
    public ContainerState state() {
        return state;
    }

    @Override
    public boolean isAlive() {
        Thread working = thread;
        return working != null && working.isAlive();
    }

    @Override
    public void pause(boolean now) {
        paused = now;
        ring();
    }

    @Override
    public void stop() {
        running = false;
        doorbell.stop();
        wake();
    }

    private void ring() {
        rung = true;
        wake();
    }

    private void wake() {
        LockSupport.unpark(thread);
    }

    @Override
    public void run() {
        thread = Thread.currentThread();
        threads.execute(doorbell);
        nextTick = System.nanoTime();
        while (running) {
            try {
                if (!turn()) {
                    await();
                }
            } catch (RuntimeException | Error ex) {
                if (running) {
                    recoverFrom(ex);
                }
            }
        }
    }

    /** False if there is nothing to do now. */
    private boolean turn() {
        if (!enrolment.isJoined()) {
            enrolment.join(protocol::join);
            nextTick = System.nanoTime();
            beginSweep();
        }
        if (ownAfter != null) {
            sweepOwn(ownAfter);
        }
        if (leading && unlanedAfter != null && putting.isEmpty() && !more) {
            sweepUnlaned(unlanedAfter);
        }
        return enrolment.isJoined() && step();
    }

    private void beginSweep() {
        ownAfter = "-";
        unlanedAfter = "-";
        putting = List.of();
    }

    private void sweepOwn(String after) {
        LaneProtocol.Page page = protocol.sweep(member(), false, after, settlement.working());
        if (page == null) {
            expelled();
        } else {
            lost(page.lost());
            ownAfter = page.last().isEmpty() ? null : page.last();
        }
    }

    private void sweepUnlaned(String after) {
        LaneProtocol.Page page = protocol.sweep(member(), true, after, List.of());
        if (page == null) {
            leading = false;
        } else {
            lost(page.lost());
            putting = laned(page.unlaned());
            unlanedAfter = page.last().isEmpty() ? null : page.last();
        }
    }

    private List<LaneProtocol.Put> laned(List<StreamEntry> entries) {
        return entries.stream()
                .map(entry -> new LaneProtocol.Put(entry.id(), lanes.of(entry)))
                .toList();
    }

    private boolean step() {
        rung = false;
        boolean circuitOpen = circuit != null && !circuit.permits();
        boolean takes = !paused && !circuitOpen;
        boolean ready = leading && unlanedAfter == null && !more;
        boolean sign = System.nanoTime() - nextTick >= 0;
        List<LaneProtocol.Put> put = putting;
        List<LaneProtocol.Lot> lots = settlement.collect();
        List<Delivery> ending =
                lots.stream().flatMap(lot -> lot.deliveries().stream()).toList();
        int want = takes && ownAfter == null ? room(ending.size()) : 0;
        LaneProtocol.Wish wish = new LaneProtocol.Wish(want, sign, takes, ready, settlement.mayTakeSuspect(ending));
        long asked = System.nanoTime();
        LaneProtocol.Step step = protocol.step(member(), wish, put, lots);
        settlement.told(lots, step, member());
        outages.over(Outages.Path.CALLING);
        putting = List.of();
        if (!step.member()) {
            expelled();
            return true;
        }
        if (sign) {
            signed(step, asked);
        }
        state = mode(circuitOpen);
        leading = step.leading();
        if (step.elected()) {
            unlanedAfter = "-";
        }
        lost(step.lost());
        dispatch(step.given());
        putting = laned(step.entries());
        due = step.untilDueMillis() < 0
                ? nextTick
                : System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(step.untilDueMillis() + 1);
        boolean goesOn = more
                || ownAfter != null
                || leading && unlanedAfter != null
                || !putting.isEmpty()
                || !step.given().isEmpty()
                || !step.lost().isEmpty();
        if (!goesOn) {
            doorbell.listen(new Doorbell.Position(leading && !step.enough() ? step.lastRead() : "", step.bell()));
        }
        if (sign) {
            settlement.tellUntold();
        }
        return goesOn;
    }

    /** As much as there is room for, with those that end now, once what it has becomes little: others may have time for the rest. */
    private int room(int ending) {
        int left = options.inFlightLimit() - counters.inFlight.get() + ending;
        int little = Math.max(options.concurrency(), options.batchSize() / 2);
        return left <= 0 || work.notBegun() >= little ? 0 : Math.min(left, options.batchSize());
    }

    private ContainerState mode(boolean circuitOpen) {
        if (paused) {
            return ContainerState.PAUSED;
        }
        return circuitOpen ? ContainerState.CIRCUIT_OPEN : ContainerState.RUNNING;
    }

    private void signed(LaneProtocol.Step step, long asked) {
        boolean lapsed = !enrolment.isSure();
        enrolment.signed(asked);
        if (lapsed) {
            work.wakeWorkers();
        }
        counters.pending = step.pending();
        counters.lag = step.lag();
        more = step.more();
        long now = System.nanoTime();
        nextTick = more ? now : now + options.tick().toNanos();
        if (now - nextSweep >= 0) {
            nextSweep = now + Math.max(options.minIdle().toNanos(), LEAST_SWEEP.toNanos());
            ownAfter = "-";
            unlanedAfter = "-";
        }
    }

    /** Others have, or will have, what it has not begun. */
    private void expelled() {
        enrolment.expelled();
        leading = false;
        work.drain().forEach(settlement::drop);
    }

    private void lost(List<String> ids) {
        if (!ids.isEmpty()) {
            counters.lost.add(ids.size());
            LOG.warn(ids.size() + " messages of stream '" + options.stream()
                    + "' were trimmed or deleted before group '" + options.group() + "' had handled them: " + ids);
        }
    }

    private void dispatch(List<LaneProtocol.Given> given) {
        if (!given.isEmpty()) {
            Batch batch = new Batch(member(), given.size());
            for (LaneProtocol.Given one : given) {
                batch.add(new Delivery(one.entry(), one.count(), batch, one.lane(), one.suspect()));
                (one.count() == 1 ? counters.read : counters.redelivered).increment();
            }
            settlement.opened(batch);
            work.add(batch);
        }
    }

    /** Until the bell rings, the circuit closes, something is due, or enough has been done to tell it. */
    private void await() {
        long begun = System.nanoTime();
        long until = nextTick - due < 0 ? nextTick : due;
        while (running && !rung && !circuitHasClosed()) {
            int ended = settlement.isBehind() ? 0 : settlement.waiting();
            boolean soon = ended > 0 && ended < options.batchSize() && work.notBegun() > 0;
            long limit = soon && begun + GATHER_NANOS - until < 0 ? begun + GATHER_NANOS : until;
            long wait = limit - System.nanoTime();
            if (wait <= 0 || ended > 0 && !soon) {
                return;
            }
            boolean polls = state == ContainerState.CIRCUIT_OPEN;
            LockSupport.parkNanos(this, polls ? Math.min(wait, CIRCUIT_POLL_NANOS) : wait);
        }
    }

    private boolean circuitHasClosed() {
        return circuit != null && state == ContainerState.CIRCUIT_OPEN && circuit.permits();
    }

    private void recoverFrom(Throwable failure) {
        if (outages.begin(Outages.Path.CALLING, failure)) {
            enrolment.left();
            work.drain().forEach(settlement::drop);
        } else {
            state = ContainerState.DISCONNECTED;
        }
        leading = false;
        // Replies, and with them entries, may have been lost on their way.
        beginSweep();
        outages.pause(() -> running);
    }

    @Override
    public void settle() {
        if (settlement.waiting() > 0 || settlement.isBehind()) {
            signOfLife();
        }
        settlement.tellUntold();
    }

    @Override
    public void signOfLife() {
        List<LaneProtocol.Lot> lots = settlement.collect();
        LaneProtocol.Step step =
                protocol.step(member(), new LaneProtocol.Wish(0, true, false, false, false), List.of(), lots);
        settlement.told(lots, step, member());
    }

    @Override
    public void leave(boolean endedAll, List<Delivery> notBegun) {
        protocol.leave(member(), endedAll, notBegun);
    }

    @Override
    public void close() {
        doorbell.close();
    }
}
