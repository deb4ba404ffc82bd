package io.redisstate.structure.queue;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import io.redisstate.core.WakeUps;
import io.redisstate.structure.queue.QueueProtocol.End;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A queue with two ends that all processes share.
 *
 * <p>An item is given to one reader, at most once: it is lost if the reader dies, or if the reply that carries it is lost. Work that
 * must be done is a job or a stream entry. Each operation is one round trip. Readers that wait poll nothing: they are woken
 * as items come, and look by themselves every safety poll; of one process, one waits in Redis for all. No connection is
 * blocked. Uses a list, and a sorted set of waiting processes. Thread-safe.
 *
 * @param <T> an item, as JSON
 * @since 0.1
 */
public final class TypedDeque<T> {

    private static final int MOST = 5_000;
    private static final Duration LONGEST = Duration.ofDays(365);

    private final QueueProtocol protocol;
    private final JsonCodec codec;
    private final Type type;
    private final WakeUps wakeUps;
    private final Semaphore turn = new Semaphore(1, true);

    /**
     * A queue.
     *
     * @param keys what its keys are built from
     * @param type what a reader gets, generic types included
     * @param wakeUps tells of items
     */
    public TypedDeque(
            CallExecutor calls,
            KeySpace keys,
            String name,
            JsonCodec codec,
            Type type,
            QueueOptions options,
            WakeUps wakeUps) {
        this.protocol = new QueueProtocol(calls, keys, name, options);
        this.codec = codec;
        this.type = type;
        this.wakeUps = wakeUps;
    }

    /** Puts an item before the first; false if it does not fit. If the reply is lost it is not sent again. */
    public boolean offerFirst(T item) {
        return protocol.push(End.FIRST, List.of(codec.encode(item)));
    }

    /** Puts an item behind the last; false if it does not fit. If the reply is lost it is not sent again. */
    public boolean offerLast(T item) {
        return protocol.push(End.LAST, List.of(codec.encode(item)));
    }

    /** Puts items behind the last, up to 5,000; false if they do not all fit, and then none is put. */
    public boolean offerAll(Collection<? extends T> items) {
        requireCount(items.size());
        return protocol.push(End.LAST, items.stream().map(codec::encode).toList());
    }

    /** Takes the first item, if there is one. */
    public Optional<T> pollFirst() {
        return protocol.pop(End.FIRST, 1).stream().map(this::item).findFirst();
    }

    /** Takes the last item, if there is one. */
    public Optional<T> pollLast() {
        return protocol.pop(End.LAST, 1).stream().map(this::item).findFirst();
    }

    /** Takes the first items; 1 to 5,000. */
    public List<T> poll(int count) {
        requireCount(count);
        return protocol.pop(End.FIRST, count).stream().map(this::item).toList();
    }

    /** Takes the first item, waiting for one; empty if there is none in time. */
    public Optional<T> pollFirst(Duration wait) throws InterruptedException {
        return await(End.FIRST, wait);
    }

    /** Takes the last item, waiting for one; empty if there is none in time. */
    public Optional<T> pollLast(Duration wait) throws InterruptedException {
        return await(End.LAST, wait);
    }

    /** The first item, which stays. */
    public Optional<T> peekFirst() {
        return Optional.ofNullable(protocol.peek(End.FIRST)).map(this::item);
    }

    /** The last item, which stays. */
    public Optional<T> peekLast() {
        return Optional.ofNullable(protocol.peek(End.LAST)).map(this::item);
    }

    /** How many items there are. */
    public long size() {
        return protocol.size();
    }

    /** Takes all items, for nobody. */
    public void clear() {
        protocol.clear();
    }

    private Optional<T> await(End end, Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + (wait.compareTo(LONGEST) < 0 ? wait : LONGEST).toNanos();
        List<byte[]> items = protocol.pop(end, 1);
        if (!items.isEmpty() || wait.isZero() || wait.isNegative()) {
            return items.stream().map(this::item).findFirst();
        }
        if (!turn.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(awaitTurned(end, deadline)).map(this::item);
        } finally {
            turn.release();
        }
    }

    private byte @Nullable [] awaitTurned(End end, long deadline) throws InterruptedException {
        Semaphore woken = new Semaphore(0);
        Duration poll = wakeUps.safetyPoll();
        try (WakeUps.Registration registration = wakeUps.register(protocol.topic(), data -> woken.release())) {
            Objects.requireNonNull(registration);
            while (true) {
                woken.drainPermits();
                List<byte[]> items = protocol.popOrWait(end, wakeUps.channel(), poll.multipliedBy(3));
                long left = deadline - System.nanoTime();
                if (!items.isEmpty() || left <= 0) {
                    return items.isEmpty() ? null : items.get(0);
                }
                if (woken.tryAcquire(Math.min(left, poll.toNanos()), TimeUnit.NANOSECONDS)) {
                    woken.drainPermits();
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private T item(byte[] json) {
        return (T) Objects.requireNonNull(codec.decode(json, type));
    }

    private static void requireCount(int count) {
        if (count < 1 || count > MOST) {
            throw new IllegalArgumentException("Asked for " + count + " items; allowed is 1 to " + MOST);
        }
    }
}
