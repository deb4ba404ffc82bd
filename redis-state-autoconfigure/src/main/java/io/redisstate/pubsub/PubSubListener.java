package io.redisstate.pubsub;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * A listener: what it listens to, its queue and its one thread, and what they have done so far.
 *
 * <p>Thread-safe; reading it costs no round trip.
 *
 * @since 0.1
 */
public final class PubSubListener {

    private static final Log LOG = LogFactory.getLog(PubSubListener.class);

    private final String id;
    private final List<String> topics;
    private final ListenerOptions options;
    private final MessageHandler handler;
    private final LongAdder received = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder handled = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder handlingNanos = new LongAdder();
    private final AtomicLong renewals = new AtomicLong();
    private volatile boolean dropping;
    private volatile @Nullable Life life;

    /** From start to end; should a handler outlast it, it has nothing to do with the next. */
    private final class Life {
        private final HandOver queue = new HandOver(options.queueCapacity(), options.overflow(), received, dropped);
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile @Nullable Thread worker;
        private volatile boolean abandoned;
    }

    PubSubListener(String id, List<String> topics, ListenerOptions options, MessageHandler handler) {
        this.id = id;
        this.topics = List.copyOf(topics);
        this.options = options;
        this.handler = handler;
    }

    /** Its name in messages, thread names and meters. */
    public String id() {
        return id;
    }

    /** The channels and patterns. */
    public List<String> topics() {
        return topics;
    }

    /** How it gets its messages. */
    public ListenerOptions options() {
        return options;
    }

    /** How many messages wait for it now. */
    public int queued() {
        Life now = life;
        return now == null ? 0 : now.queue.size();
    }

    /** How many messages have come for it. */
    public long received() {
        return received.sum();
    }

    /** How many messages were dropped because its queue was full, or because it ended before it got to them. */
    public long dropped() {
        return dropped.sum();
    }

    /** How many messages its handler has been called with, those it failed with included. */
    public long handled() {
        return handled.sum();
    }

    /** With how many messages it failed. */
    public long failed() {
        return failed.sum();
    }

    /** How long all its calls of the handler took together. */
    public Duration handlingTime() {
        return Duration.ofNanos(handlingNanos.sum());
    }

    /**
     * How often a channel or pattern of it was subscribed anew: after a lost connection, a fail-over, a slot that moved.
     * Messages published meanwhile have not come.
     */
    public long renewals() {
        return renewals.get();
    }

    void renewed() {
        renewals.incrementAndGet();
    }

    /** Takes a message from the thread that reads the subscription. */
    void receive(ReceivedMessage message) {
        Life now = life;
        if (now != null && !now.queue.add(message) && !dropping) {
            dropping = true;
            LOG.warn("The pub/sub listener " + id + " is slower than its messages come: its queue of "
                    + options.queueCapacity() + " is full, and messages are being dropped (" + options.overflow()
                    + ")");
        }
    }

    void start(Executor threads) {
        Life begun = new Life();
        life = begun;
        threads.execute(() -> {
            begun.worker = Thread.currentThread();
            try {
                Thread.currentThread().setName("redis-state-pubsub-" + id);
                work(begun);
            } finally {
                begun.ended.countDown();
            }
        });
    }

    private void work(Life mine) {
        List<ReceivedMessage> chunk = new ArrayList<>();
        int next = 0;
        try {
            while (!mine.abandoned && mine.queue.take(chunk)) {
                while (next < chunk.size()) {
                    if (mine.abandoned || Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                    handle(chunk.get(next++));
                }
                chunk.clear();
                next = 0;
                if (dropping && mine.queue.size() == 0) {
                    dropping = false;
                }
            }
        } catch (InterruptedException ex) {
            LOG.debug("The pub/sub listener " + id + " was interrupted, as its time to end is over");
        } finally {
            mine.queue.close();
            mine.queue.clear(chunk.size() - next);
        }
    }

    private void handle(ReceivedMessage message) throws InterruptedException {
        long begin = System.nanoTime();
        try {
            handler.handle(message);
        } catch (InterruptedException ex) {
            failed.increment();
            throw ex;
        } catch (Throwable ex) {
            failed.increment();
            handleError(message, ex);
        } finally {
            handlingNanos.add(System.nanoTime() - begin);
            handled.increment();
        }
    }

    private void handleError(ReceivedMessage message, Throwable failure) {
        try {
            options.errorHandler().handleError(this, message, failure);
        } catch (RuntimeException | Error ex) {
            if (ex != failure) {
                ex.addSuppressed(failure);
            }
            LOG.error("The error handler of the pub/sub listener " + id + " failed", ex);
        }
    }

    /** Takes no more messages. */
    void end() {
        Life now = life;
        if (now != null) {
            now.queue.close();
        }
    }

    /** Waits, after {@link #end()}, until the messages that came are handled; then interrupts the handler. */
    void awaitEnd(long deadlineNanos) {
        Life ending = life;
        if (ending == null) {
            return;
        }
        boolean done = false;
        try {
            done = ending.ended.await(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        if (!done) {
            LOG.warn("The pub/sub listener " + id + " has not ended in time; it is interrupted, and "
                    + ending.queue.size() + " messages are dropped");
            ending.abandoned = true;
            Thread thread = ending.worker;
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    @Override
    public String toString() {
        return id + topics;
    }
}
