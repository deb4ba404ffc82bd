package io.redisstate.stream.container;

import io.redisstate.stream.AckMode;
import io.redisstate.stream.Acknowledgement;
import io.redisstate.stream.BatchItemFailedException;
import io.redisstate.stream.FailureAction;
import io.redisstate.stream.HandlerCircuit;
import io.redisstate.stream.IdempotencyStore;
import io.redisstate.stream.StreamCodec;
import io.redisstate.stream.StreamErrorHandler;
import io.redisstate.stream.StreamMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** Handles what is in the queue, on as many threads as there may be handlers at a time. */
final class Workers {

    private static final Log LOG = LogFactory.getLog(Workers.class);
    private static final long CIRCUIT_POLL_MILLIS = 50;

    private final ContainerOptions options;
    private final Collaborators with;
    private final WorkQueue queue;
    private final Settlement settlement;
    private final Counters counters;
    private final CountDownLatch ended;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Queue<Delivery> notBegun = new ConcurrentLinkedQueue<>();
    private volatile boolean abandoned;

    /**
     * What the application provides.
     *
     * @param wholeBatches whether the handler takes batches
     */
    record Collaborators(
            Messages messages,
            BatchStreamHandler<Object> handler,
            boolean wholeBatches,
            @Nullable StreamErrorHandler errorHandler,
            @Nullable IdempotencyStore handledBefore,
            @Nullable HandlerCircuit circuit) {}

    Workers(ContainerOptions options, Collaborators with, WorkQueue queue, Settlement settlement, Counters counters) {
        this.options = options;
        this.with = with;
        this.queue = queue;
        this.settlement = settlement;
        this.counters = counters;
        this.ended = new CountDownLatch(options.concurrency());
    }

    void start(Executor executor) {
        for (int i = 0; i < options.concurrency(); i++) {
            executor.execute(this::workUntilClosed);
        }
    }

    /** What has not been begun is left alone. */
    void beginStopping() {
        stopping.countDown();
    }

    boolean awaitEnd(Duration limit) throws InterruptedException {
        return ended.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Nothing that is still running is settled any more. */
    void abandon() {
        abandoned = true;
    }

    /** What workers had taken and not begun. */
    List<Delivery> notBegun() {
        return List.copyOf(notBegun);
    }

    private void workUntilClosed() {
        try {
            for (List<Delivery> work = next(); work != null; work = next()) {
                work(work);
            }
        } finally {
            ended.countDown();
        }
    }

    /** An interrupt that a handler has left behind ends nothing; only stopping does. */
    private @Nullable List<Delivery> next() {
        while (true) {
            try {
                return queue.take();
            } catch (InterruptedException ex) {
                if (stopping.getCount() == 0) {
                    Thread.currentThread().interrupt();
                    return null;
                }
            }
        }
    }

    private void work(List<Delivery> work) {
        try {
            if (with.wholeBatches()) {
                handleTogether(work);
            } else {
                work.forEach(this::handleAlone);
            }
        } catch (RuntimeException | Error ex) {
            LOG.error("A worker of stream listener '" + options.id() + "' failed and goes on", ex);
            work.forEach(delivery -> failed(delivery, ex));
        }
    }

    private void handleAlone(Delivery delivery) {
        if (!mayBegin()) {
            notBegun.add(delivery);
            return;
        }
        if (!queue.mayBegin(delivery)) {
            settlement.dropGiven(delivery);
            return;
        }
        StreamMessage<?> message = prepare(delivery);
        if (message != null) {
            Throwable failure = call(List.of(message), List.of(delivery));
            if (failure != null) {
                failed(delivery, failure);
            } else if (options.ackMode() != AckMode.MANUAL) {
                settlement.done(delivery);
            }
        }
    }

    private void handleTogether(List<Delivery> work) {
        if (!mayBegin()) {
            notBegun.addAll(work);
            return;
        }
        List<Delivery> deliveries = new ArrayList<>(work.size());
        List<StreamMessage<?>> messages = new ArrayList<>(work.size());
        for (Delivery delivery : work) {
            StreamMessage<?> message = prepare(delivery);
            if (message != null) {
                deliveries.add(delivery);
                messages.add(message);
            }
        }
        if (messages.isEmpty()) {
            return;
        }
        Throwable failure = call(messages, deliveries);
        if (failure instanceof BatchItemFailedException item && item.index() >= 0 && item.index() < deliveries.size()) {
            deliveries.subList(0, item.index()).forEach(settlement::done);
            Throwable cause = item.getCause();
            failed(deliveries.get(item.index()), cause == null ? item : cause);
            if (item.index() + 1 < deliveries.size()) {
                queue.again(List.copyOf(deliveries.subList(item.index() + 1, deliveries.size())));
            }
        } else if (failure != null) {
            deliveries.forEach(delivery -> failed(delivery, failure));
        } else if (options.ackMode() != AckMode.MANUAL) {
            deliveries.forEach(settlement::done);
        }
    }

    /** Waits as long as the circuit is open; false if the container stops. */
    private boolean mayBegin() {
        HandlerCircuit circuit = with.circuit();
        try {
            while (circuit != null && !circuit.permits()) {
                if (stopping.await(CIRCUIT_POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                    return false;
                }
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return false;
        }
        return stopping.getCount() > 0;
    }

    /** The message, or null if its handler need not be called. */
    private @Nullable StreamMessage<?> prepare(Delivery delivery) {
        try {
            String onlyGroup = delivery.entry().text(StreamCodec.ONLY_GROUP).orElse(null);
            if (onlyGroup != null && !onlyGroup.equals(options.group())) {
                settlement.done(delivery);
                return null;
            }
            if (delivery.count() > options.retry().maxAttempts()) {
                giveUp(delivery, new AttemptsExhaustedException(delivery.count() - 1));
                return null;
            }
            IdempotencyStore store = with.handledBefore();
            if (store != null && delivery.batch().wasHandledBefore(delivery, store, options)) {
                counters.skipped.increment();
                settlement.done(delivery);
                return null;
            }
            return delivery.message(with.messages());
        } catch (RuntimeException | Error ex) {
            failed(delivery, ex);
            return null;
        }
    }

    private @Nullable Throwable call(List<StreamMessage<?>> messages, List<Delivery> deliveries) {
        HandlerCircuit circuit = with.circuit();
        long begun = circuit == null ? 0 : System.nanoTime();
        Throwable failure = null;
        try {
            @SuppressWarnings({"unchecked", "rawtypes"})
            List<StreamMessage<Object>> typed = (List) messages;
            with.handler().handle(typed, new ByHand(deliveries));
        } catch (Throwable ex) {
            failure = ex;
        }
        if (circuit != null) {
            circuit.ended(System.nanoTime() - begun, failure);
        }
        return failure;
    }

    private void failed(Delivery delivery, Throwable failure) {
        if (abandoned || !delivery.isOpen()) {
            return;
        }
        counters.failed.increment();
        FailureAction action = actionFor(delivery, failure);
        if (action == FailureAction.ACKNOWLEDGE) {
            settlement.done(delivery);
        } else if (options.ackMode() == AckMode.NONE) {
            settlement.drop(delivery);
            report(LOG::warn, describe(delivery) + " failed, and is lost", failure);
        } else if (action == FailureAction.DEAD_LETTER
                || failure instanceof UnreadableMessageException
                || delivery.count() >= options.retry().maxAttempts()
                || !options.retry().isRetryable(failure)) {
            giveUp(delivery, failure);
        } else {
            Duration delay = options.retry().delayAfter(delivery.count());
            settlement.retry(delivery, delay);
            report(LOG::debug, describe(delivery) + " failed; again in " + delay, failure);
        }
    }

    private FailureAction actionFor(Delivery delivery, Throwable failure) {
        StreamErrorHandler handler = with.errorHandler();
        try {
            return handler == null
                    ? FailureAction.BY_POLICY
                    : handler.handle(options.stream(), delivery.entry(), delivery.count(), failure);
        } catch (RuntimeException | Error ex) {
            LOG.error("The error handler of stream listener '" + options.id() + "' failed", ex);
            return FailureAction.BY_POLICY;
        }
    }

    private void giveUp(Delivery delivery, Throwable failure) {
        settlement.bury(delivery, failure);
        report(LOG::error, describe(delivery) + " is given up after delivery " + delivery.count(), failure);
    }

    /** Last of all, as a failure that can't be printed throws another. */
    private static void report(BiConsumer<Object, Throwable> level, String what, Throwable failure) {
        try {
            level.accept(what, failure);
        } catch (RuntimeException | Error ex) {
            level.accept(what + ", because of a " + failure.getClass().getName() + " that can't be printed", ex);
        }
    }

    private String describe(Delivery delivery) {
        return "Message " + delivery.id() + " of stream '" + options.stream() + "' for group '" + options.group() + "'";
    }

    private final class ByHand implements Acknowledgement {

        private final List<Delivery> deliveries;

        ByHand(List<Delivery> deliveries) {
            this.deliveries = deliveries;
        }

        @Override
        public void acknowledge() {
            deliveries.forEach(settlement::done);
        }

        @Override
        public void retry(Duration delay) {
            for (Delivery delivery : deliveries) {
                if (delivery.count() >= options.retry().maxAttempts()) {
                    giveUp(delivery, new AttemptsExhaustedException(delivery.count()));
                } else {
                    settlement.retry(delivery, delay);
                }
            }
        }

        @Override
        public void fail(Throwable failure) {
            deliveries.forEach(delivery -> failed(delivery, failure));
        }
    }
}
