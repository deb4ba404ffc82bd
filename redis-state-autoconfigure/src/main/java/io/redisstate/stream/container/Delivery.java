package io.redisstate.stream.container;

import io.redisstate.stream.StreamEntry;
import io.redisstate.stream.StreamMessage;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An entry that this process has been given, until it is settled. */
final class Delivery {

    private static final int OPEN = 0;
    private static final int DONE = 1;
    private static final int SETTLED = 2;

    private final StreamEntry entry;
    private final long count;
    private final Batch batch;
    private final String lane;
    private final boolean suspect;
    private final AtomicInteger state = new AtomicInteger(OPEN);
    private volatile boolean told;
    private @Nullable StreamMessage<?> message;

    Delivery(StreamEntry entry, long count, Batch batch) {
        this(entry, count, batch, "", false);
    }

    Delivery(StreamEntry entry, long count, Batch batch, String lane, boolean suspect) {
        this.entry = entry;
        this.count = count;
        this.batch = batch;
        this.lane = lane;
        this.suspect = suspect;
    }

    StreamEntry entry() {
        return entry;
    }

    String id() {
        return entry.id();
    }

    /** How often the group has been given it, this time included. */
    long count() {
        return count;
    }

    Batch batch() {
        return batch;
    }

    /** Made by whoever needs it first: the reader for its order, else the worker. */
    synchronized StreamMessage<?> message(Messages messages) {
        if (message == null) {
            message = messages.read(entry, count);
        }
        return Objects.requireNonNull(message);
    }

    /** What it shares with those that are to be handled in its order; empty without an order. */
    String lane() {
        return lane;
    }

    /** Whether it may be what a consumer died of: the only one of these in this process. */
    boolean isSuspect() {
        return suspect;
    }

    /** Redis knows what became of it. */
    void markTold() {
        told = true;
    }

    boolean isTold() {
        return told;
    }

    /** False if something has been said about it before. */
    boolean markDone() {
        return state.compareAndSet(OPEN, DONE);
    }

    /** From done to settled; false if another thread does it. */
    boolean takeDone() {
        return state.compareAndSet(DONE, SETTLED);
    }

    /** From open to settled; false if something has been said about it before. */
    boolean takeOpen() {
        return state.compareAndSet(OPEN, SETTLED);
    }

    boolean isOpen() {
        return state.get() == OPEN;
    }
}
