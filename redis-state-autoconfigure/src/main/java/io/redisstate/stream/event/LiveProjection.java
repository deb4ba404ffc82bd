package io.redisstate.stream.event;

import io.redisstate.stream.StreamMessage;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.util.backoff.BackOffExecution;

/** A projection that follows its stream. */
final class LiveProjection<T> implements AutoCloseable, Flow.Subscriber<StreamMessage<T>> {

    private static final Log LOG = LogFactory.getLog(LiveProjection.class);

    private final EventStream<T> stream;
    private final String projection;
    private final Consumer<? super StreamMessage<T>> reader;
    private final Consumer<@Nullable Throwable> ended;
    private final String token = UUID.randomUUID().toString();
    private final AtomicBoolean over = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);
    private String stored = "";
    private volatile Flow.@Nullable Subscription subscription;

    LiveProjection(
            EventStream<T> stream,
            String projection,
            Consumer<? super StreamMessage<T>> reader,
            Consumer<@Nullable Throwable> ended) {
        this.stream = stream;
        this.projection = projection;
        this.reader = reader;
        this.ended = ended;
    }

    void start() {
        stored = stream.positionOf(projection).orElse("");
        stream.follow(stored.isEmpty() ? EventStream.BEGINNING : stored).subscribe(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscription = newSubscription;
        newSubscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(StreamMessage<T> event) {
        try {
            reader.accept(event);
            store(event.id());
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            cancel();
            end(ex);
        } catch (RuntimeException | Error ex) {
            cancel();
            end(ex);
        }
    }

    /** As often as it takes: the next event has to wait until this one will not be given once more. */
    private void store(String reached) throws InterruptedException {
        BackOffExecution pauses = EventSubscription.newPauses();
        do {
            try {
                stream.store(projection, token, stored, reached);
                stored = reached;
                return;
            } catch (DataAccessException ex) {
                LOG.debug("The position of projection '" + projection + "' can't be stored now", ex);
            }
        } while (!closed.await(pauses.nextBackOff(), TimeUnit.MILLISECONDS));
    }

    @Override
    public void onError(Throwable failure) {
        end(failure);
    }

    @Override
    public void onComplete() {
        end(null);
    }

    @Override
    public void close() {
        closed.countDown();
        cancel();
        end(null);
    }

    private void cancel() {
        Flow.Subscription open = subscription;
        if (open != null) {
            open.cancel();
        }
    }

    private void end(@Nullable Throwable failure) {
        if (over.compareAndSet(false, true)) {
            ended.accept(failure);
        }
    }
}
