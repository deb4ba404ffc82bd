package io.redisstate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PubSubListenerTests {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final BlockingQueue<String> handled = new LinkedBlockingQueue<>();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @Test
    void anErrorOfTheErrorHandlerEndsNothing() {
        PubSubListener listener = listener(
                message -> {
                    handled.add(message.channel());
                    throw new IllegalStateException("handler");
                },
                (any, message, failure) -> {
                    throw new LinkageError("error handler");
                });
        listener.start(threads);
        listener.receive(message("1"));
        listener.receive(message("2"));

        await().atMost(LIMIT).until(() -> listener.handled() == 2);
        assertThat(handled).containsExactly("1", "2");
        assertThat(listener.failed()).isEqualTo(2);
        assertThat(listener.dropped()).isZero();
        listener.end();
        listener.awaitEnd(System.nanoTime() + LIMIT.toNanos());
    }

    @Test
    void aHandlerThatOutlastsItsStopHasNothingToDoWithTheNextStart() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        PubSubListener listener = listener(
                message -> {
                    handled.add(message.channel());
                    if (message.channel().equals("stubborn")) {
                        begun.countDown();
                        awaitInSpiteOfInterrupts(end);
                    }
                },
                (any, message, failure) -> {});
        listener.start(threads);
        listener.receive(message("stubborn"));
        listener.receive(message("not begun"));
        await().atMost(LIMIT).until(() -> begun.getCount() == 0);
        listener.end();
        listener.awaitEnd(System.nanoTime());

        listener.start(threads);
        end.countDown();
        await().atMost(LIMIT).until(() -> listener.dropped() == 1);
        listener.receive(message("next"));

        await().atMost(LIMIT).until(() -> handled.contains("next"));
        assertThat(handled).containsExactly("stubborn", "next");
        assertThat(listener.received()).isEqualTo(3);
        listener.end();
        listener.awaitEnd(System.nanoTime() + LIMIT.toNanos());
    }

    private static void awaitInSpiteOfInterrupts(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException ex) {
                // It is not interested, which is the point.
            }
        }
    }

    private static PubSubListener listener(MessageHandler handler, ListenerErrorHandler errors) {
        return new PubSubListener("it", List.of("c"), ListenerOptions.DEFAULT.withErrorHandler(errors), handler);
    }

    private static ReceivedMessage message(String channel) {
        return new ReceivedMessage(channel, null, new byte[0]);
    }
}
