package io.redisstate.stream.container;

import io.redisstate.core.BlockingConnection;
import io.redisstate.stream.StreamEntry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The one reader of a container: joins the group, reads when there is room, gives signs of life, and takes up what is due
 * or was left. All of it on one thread, so nothing it has just been given can look as if nobody worked on it.
 */
final class ReadLoop extends GroupLoop implements BatchSettlement.Schedule {

    private static final Duration FLUSH_AGE = Duration.ofSeconds(1);
    /** The next suspect may be taken as soon as the one in work has ended. */
    private static final long SUSPECT_BLOCK_MILLIS = 100;

    private final GroupProtocol protocol;
    private final GroupReader reader;
    private final WorkQueue queue;
    private final BatchSettlement settlement;

    // The reader's own.
    private boolean sweeping;
    private String sweptTo = "-";
    private boolean moreDue;
    private Outages.Path path = Outages.Path.CALLING;

    ReadLoop(StreamContainer.Parts parts, BlockingConnection connection, WorkQueue queue, Counters counters) {
        super(parts.options(), queue, counters, parts.with().circuit());
        this.protocol = new GroupProtocol(parts.calls(), parts.keys(), options);
        this.reader = new GroupReader(connection, protocol.streamKey(), options);
        this.queue = queue;
        this.settlement =
                new BatchSettlement(protocol, options, counters, parts.with().handledBefore(), enrolment::member, this);
    }

    @Override
    BatchSettlement settlement() {
        return settlement;
    }

    @Override
    Outages.Path path() {
        return path;
    }

    @Override
    void unblock() {
        reader.unblock();
    }

    @Override
    public boolean isSurelyMember() {
        return enrolment.isSure();
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

    @Override
    void turn() {
        path = Outages.Path.CALLING;
        if (!enrolment.isJoined()) {
            join();
        }
        if (System.nanoTime() - nextTick >= 0) {
            tick();
        }
        if (!enrolment.isJoined()) {
            return;
        }
        boolean circuitOpen = isCircuitOpen();
        int room = room();
        ContainerState mode = mode(circuitOpen);
        if (!outages.isNow() || mode != ContainerState.RUNNING) {
            is(mode);
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

    private void join() {
        enrolment.join(protocol::join);
        beginSweep();
        nextTick = System.nanoTime();
    }

    @Override
    void beginSweep() {
        sweeping = true;
        sweptTo = "-";
    }

    private void tick() {
        int room = Math.max(0, room());
        int want = isPaused() || isCircuitOpen() ? 0 : Math.min(room, options.batchSize());
        long asked = System.nanoTime();
        GroupProtocol.Tick tick = protocol.tick(member(), want, settlement.mayTakeSuspect(List.of()));
        if (!tick.member()) {
            expelled();
            return;
        }
        outages.over(Outages.Path.CALLING);
        enrolment.signed(asked);
        counters.pending = tick.pending();
        counters.lag = tick.lag();
        lost(tick.lost());
        dispatch(tick.given());
        long now = System.nanoTime();
        if (isSweepDue(now)) {
            beginSweep();
        }
        moreDue = tick.more();
        long wait = tickNanos(tick.untilDeathMillis());
        if (tick.untilDueMillis() >= 0 && want > 0) {
            wait = Math.min(wait, TimeUnit.MILLISECONDS.toNanos(tick.untilDueMillis() + 1));
        }
        nextTick = now + wait;
        settlement.flushOlderThan(FLUSH_AGE);
        settlement.tellUntold();
    }

    private void sweep(int room) {
        GroupProtocol.Page page =
                protocol.sweep(member(), sweptTo, Math.min(room, options.batchSize()), settlement.working());
        if (page == null) {
            expelled();
            return;
        }
        outages.over(Outages.Path.CALLING);
        lost(page.lost());
        dispatch(page.given());
        sweptTo = page.last();
        sweeping = !page.last().isEmpty();
    }

    private void dispatch(List<GroupProtocol.Given> given) {
        dispatchTogether(given.stream().filter(one -> !one.suspect()).toList());
        dispatchTogether(given.stream().filter(GroupProtocol.Given::suspect).toList());
    }

    private void dispatchTogether(List<GroupProtocol.Given> given) {
        if (!given.isEmpty()) {
            Batch batch = new Batch(member(), given.size());
            given.forEach(one -> batch.add(new Delivery(one.entry(), one.count(), batch, "", one.suspect())));
            counters.redelivered.add(given.size());
            settlement.opened(batch);
            queue.add(batch);
        }
    }

    private void read(int count) {
        long untilTick = TimeUnit.NANOSECONDS.toMillis(nextTick - System.nanoTime());
        long most = settlement.mayTakeSuspect(List.of()) ? options.block().toMillis() : SUSPECT_BLOCK_MILLIS;
        long block = Math.max(1, Math.min(untilTick, most));
        path = Outages.Path.READING;
        List<?> entries = reader.read(member().consumer(), count, block);
        path = Outages.Path.CALLING;
        outages.over(Outages.Path.READING);
        if (!entries.isEmpty()) {
            Batch batch = new Batch(member(), entries.size());
            for (Object element : entries) {
                StreamEntry entry = StreamEntry.of(element);
                batch.add(new Delivery(entry, 1, batch));
            }
            counters.read.add(entries.size());
            settlement.opened(batch);
            queue.add(batch);
        }
    }

    @Override
    void settle() {
        settlement.flushOlderThan(Duration.ZERO);
        settlement.tellUntold();
    }

    @Override
    void signOfLife() {
        GroupProtocol.Tick unused = protocol.tick(member(), 0, false);
    }

    @Override
    void leave(boolean endedAll, List<Delivery> notBegun) {
        protocol.leave(member(), endedAll, notBegun);
    }

    @Override
    void close() {
        reader.close();
    }
}
