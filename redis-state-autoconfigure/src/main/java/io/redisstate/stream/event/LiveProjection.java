package io.redisstate.stream.event;

import io.redisstate.stream.StreamMessage;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A projection that follows its stream. */
final class LiveProjection<T> implements AutoCloseable, Flow.Subscriber<StreamMessage<T>> {

    private final EventStream<T> stream;
    private final String projection;
    private final Consumer<? super StreamMessage<T>> reader;
    private final Consumer<@Nullable Throwable> ended;
    private final String token = UUID.randomUUID().toString();
    private final AtomicBoolean over = new AtomicBoolean();
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
            stored = stream.project(projection, token, stored, List.of(event), reader);
        } catch (RuntimeException ex) {
            cancel();
            end(ex);
        }
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
