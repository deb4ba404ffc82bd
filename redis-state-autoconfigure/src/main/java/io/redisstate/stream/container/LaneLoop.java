package io.redisstate.stream.container;

import io.redisstate.core.BlockingConnection;
import io.redisstate.stream.StreamEntry;
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
final class LaneLoop extends GroupLoop {

    private static final Log LOG = LogFactory.getLog(LaneLoop.class);
    private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final LaneProtocol protocol;
    private final Lanes lanes;
    private final LaneWork work;
    private final Executor threads;
    private final Doorbell doorbell;
    private final LaneSettlement settlement;

    private volatile boolean rung;

    // The loop's own.
    private boolean leading;
    private boolean more;
    private boolean full;
    private List<LaneProtocol.Put> putting = List.of();
    /** Where a look at what nobody works on goes on; null if there is none under way. */
    private @Nullable String ownAfter;

    private @Nullable String unlanedAfter;
    private long due;

    LaneLoop(
            StreamContainer.Parts parts,
            Lanes lanes,
            BlockingConnection connection,
            Executor threads,
            LaneWork work,
            Counters counters) {
        super(parts.options(), work, counters, parts.with().circuit());
        this.protocol = new LaneProtocol(parts.calls(), parts.keys(), options);
        this.lanes = lanes;
        this.work = work;
        this.threads = threads;
        this.doorbell = new Doorbell(
                connection,
                protocol,
                Math.min(options.block().toMillis(), options.tick().toMillis()),
                this::look);
        this.settlement = new LaneSettlement(
                protocol, options, work, counters, parts.with().handledBefore(), this::wake, this::look);
        work.leasedBy(enrolment::holds);
    }

    @Override
    LaneSettlement settlement() {
        return settlement;
    }

    @Override
    Outages.Path path() {
        return Outages.Path.CALLING;
    }

    @Override
    void unblock() {
        doorbell.stop();
    }

    @Override
    void look() {
        rung = true;
        wake();
    }

    @Override
    public void run() {
        threads.execute(doorbell);
        super.run();
    }

    @Override
    void turn() {
        if (!advance()) {
            await();
        }
    }

    /** False if there is nothing to do now. */
    private boolean advance() {
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

    @Override
    void beginSweep() {
        leading = false;
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
        boolean circuitOpen = isCircuitOpen();
        boolean takes = !isPaused() && !circuitOpen;
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
        is(mode(circuitOpen));
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
        int left = room() + ending;
        int little = Math.max(options.concurrency(), options.batchSize() / 2);
        return left <= 0 || work.notBegun() >= little ? 0 : Math.min(left, options.batchSize());
    }

    private void signed(LaneProtocol.Step step, long asked) {
        boolean lapsed = !enrolment.isSure();
        enrolment.signed(asked);
        if (lapsed) {
            work.wakeWorkers();
        }
        counters.pending = step.pending();
        counters.lag = step.lag();
        counters.waiting = step.waiting();
        tellOf(step);
        more = step.more();
        long now = System.nanoTime();
        nextTick = more ? now : now + tickNanos(step.untilDeathMillis());
        if (isSweepDue(now)) {
            ownAfter = "-";
            unlanedAfter = "-";
        }
    }

    private void tellOf(LaneProtocol.Step step) {
        if (!full && step.waiting() >= options.maxWaiting()) {
            full = true;
            LOG.warn("Group '" + options.group() + "' of stream '" + options.stream() + "' reads nothing new: "
                    + step.waiting() + " messages wait behind others of their keys, and no more may (max-waiting). A"
                    + " key whose messages fail or take long may have them all");
        } else if (full && step.waiting() < options.maxWaiting() / 2) {
            full = false;
            LOG.info("Group '" + options.group() + "' of stream '" + options.stream() + "' reads on; " + step.waiting()
                    + " messages wait behind others of their keys");
        }
    }

    @Override
    void expelled() {
        leading = false;
        super.expelled();
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
        while (isRunning() && !rung && !circuitHasClosed()) {
            int ended = settlement.isBehind() ? 0 : settlement.waiting();
            boolean soon = ended > 0 && ended < options.batchSize() && work.notBegun() > 0;
            long limit = soon && begun + GATHER_NANOS - until < 0 ? begun + GATHER_NANOS : until;
            long wait = limit - System.nanoTime();
            if (wait <= 0 || ended > 0 && !soon) {
                return;
            }
            boolean polls = state() == ContainerState.CIRCUIT_OPEN;
            LockSupport.parkNanos(this, polls ? Math.min(wait, CIRCUIT_POLL_NANOS) : wait);
        }
    }

    private boolean circuitHasClosed() {
        return state() == ContainerState.CIRCUIT_OPEN && !isCircuitOpen();
    }

    @Override
    void settle() {
        if (settlement.waiting() > 0 || settlement.isBehind()) {
            signOfLife();
        }
        settlement.tellUntold();
    }

    @Override
    void signOfLife() {
        List<LaneProtocol.Lot> lots = settlement.collect();
        LaneProtocol.Step step =
                protocol.step(member(), new LaneProtocol.Wish(0, true, false, false, false), List.of(), lots);
        settlement.told(lots, step, member());
    }

    @Override
    void leave(boolean endedAll, List<Delivery> notBegun) {
        protocol.leave(member(), endedAll, notBegun);
    }

    @Override
    void close() {
        doorbell.close();
    }
}
