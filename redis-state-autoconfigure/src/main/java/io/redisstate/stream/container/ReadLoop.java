package io.redisstate.stream.container;

import io.redisstate.stream.HandlerCircuit;
import io.redisstate.stream.StreamEntry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The one reader of a container: joins the group, reads when there is room, gives signs of life, and takes up what is due
 * or was left. All of it on one thread, so nothing it has just been given can look as if nobody worked on it.
 */
final class ReadLoop implements ConsumerLoop, BatchSettlement.Schedule {

    private static final Log LOG = LogFactory.getLog(ReadLoop.class);
    private static final Duration FLUSH_AGE = Duration.ofSeconds(1);
    private static final Duration LEAST_SWEEP = Duration.ofSeconds(10);
    /** The next suspect may be taken as soon as the one in work has ended. */
    private static final long SUSPECT_BLOCK_MILLIS = 100;

    private static final long CIRCUIT_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final ContainerOptions options;
    private final GroupProtocol protocol;
    private final GroupReader reader;
    private final WorkQueue queue;
    private final Counters counters;
    private final @Nullable HandlerCircuit circuit;
    private final Enrolment enrolment;
    private final Outages outages;
    private final long tickNanos;
    private @Nullable BatchSettlement settlement;

    private volatile ContainerState state = ContainerState.DISCONNECTED;
    private volatile boolean running = true;
    private volatile boolean paused;
    private volatile @Nullable Thread thread;
    private volatile long nextTick;

    // The reader's own.
    private boolean sweeping;
    private String sweptTo = "-";
    private long nextSweep;
    private boolean moreDue;
    private Outages.Path path = Outages.Path.CALLING;

    ReadLoop(
            ContainerOptions options,
            GroupProtocol protocol,
            GroupReader reader,
            WorkQueue queue,
            Counters counters,
            @Nullable HandlerCircuit circuit) {
        this.options = options;
        this.protocol = protocol;
        this.reader = reader;
        this.queue = queue;
        this.counters = counters;
        this.circuit = circuit;
        this.enrolment = new Enrolment(options);
        this.outages = new Outages(options, counters);
        this.tickNanos = options.tick().toNanos();
    }

    void settlement(BatchSettlement newSettlement) {
        this.settlement = newSettlement;
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
        Thread reading = thread;
        return reading != null && reading.isAlive();
    }

    @Override
    public void pause(boolean now) {
        paused = now;
        wake();
    }

    @Override
    public void stop() {
        running = false;
        wake();
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

    private void wake() {
        Thread reading = thread;
        if (reading != null) {
            LockSupport.unpark(reading);
        }
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

    private void turn() {
        if (!enrolment.isJoined()) {
            join();
        }
        if (System.nanoTime() - nextTick >= 0) {
            tick();
        }
        if (!enrolment.isJoined()) {
            return;
        }
        boolean circuitOpen = circuit != null && !circuit.permits();
        int room = options.inFlightLimit() - counters.inFlight.get();
        ContainerState mode = mode(circuitOpen);
        if (!outages.isNow() || mode != ContainerState.RUNNING) {
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
        return circuitOpen ? ContainerState.CIRCUIT_OPEN : ContainerState.RUNNING;
    }

    private void join() {
        enrolment.join(protocol::join);
        beginSweep();
        nextTick = System.nanoTime();
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
        GroupProtocol.Tick tick = protocol.tick(member(), want, settled().mayTakeSuspect(List.of()));
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
        if (now - nextSweep >= 0) {
            nextSweep = now + Math.max(options.minIdle().toNanos(), LEAST_SWEEP.toNanos());
            beginSweep();
        }
        moreDue = tick.more();
        long wait = tickNanos;
        if (tick.untilDueMillis() >= 0 && want > 0) {
            wait = Math.min(wait, TimeUnit.MILLISECONDS.toNanos(tick.untilDueMillis() + 1));
        }
        nextTick = now + wait;
        settled().flushOlderThan(FLUSH_AGE);
        settled().tellUntold();
    }

    /** Others have, or will have, what it has not begun. */
    private void expelled() {
        enrolment.expelled();
        queue.drain().forEach(settled()::drop);
    }

    private void sweep(int room) {
        GroupProtocol.Page page = protocol.sweep(
                member(),
                sweptTo,
                Math.min(room, options.batchSize()),
                settled().working());
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

    private void lost(List<String> ids) {
        if (!ids.isEmpty()) {
            counters.lost.add(ids.size());
            LOG.warn(ids.size() + " messages of stream '" + options.stream()
                    + "' were trimmed or deleted before group '" + options.group() + "' had handled them: " + ids);
        }
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
            settled().opened(batch);
            queue.add(batch);
        }
    }

    private void read(int count) {
        long untilTick = TimeUnit.NANOSECONDS.toMillis(nextTick - System.nanoTime());
        long most = settled().mayTakeSuspect(List.of()) ? options.block().toMillis() : SUSPECT_BLOCK_MILLIS;
        long block = Math.max(1, Math.min(untilTick, most));
        path = Outages.Path.READING;
        List<?> entries = reader.read(member().consumer(), count, block);
        path = Outages.Path.CALLING;
        outages.over(Outages.Path.READING);
        if (!entries.isEmpty()) {
            Batch batch = new Batch(member(), entries.size());
            for (Object element : entries) {
                StreamEntry entry = GroupReader.entryOf(element);
                batch.add(new Delivery(entry, 1, batch));
            }
            counters.read.add(entries.size());
            settled().opened(batch);
            queue.add(batch);
        }
    }

    private BatchSettlement settled() {
        BatchSettlement present = settlement;
        if (present == null) {
            throw new IllegalStateException("The loop has no settlement");
        }
        return present;
    }

    private void recoverFrom(Throwable failure) {
        if (outages.begin(path, failure)) {
            enrolment.left();
            queue.drain().forEach(settled()::drop);
        } else {
            state = ContainerState.DISCONNECTED;
        }
        path = Outages.Path.CALLING;
        // The reply to a read may have been lost on its way.
        beginSweep();
        outages.pause(() -> running);
    }

    @Override
    public void settle() {
        settled().flushOlderThan(Duration.ZERO);
        settled().tellUntold();
    }

    @Override
    public void signOfLife() {
        GroupProtocol.Tick unused = protocol.tick(member(), 0, false);
    }

    @Override
    public void leave(boolean endedAll, List<Delivery> notBegun) {
        protocol.leave(member(), endedAll, notBegun);
    }

    @Override
    public void close() {
        reader.close();
    }
}
