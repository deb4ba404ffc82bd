package io.redisstate.structure.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.structure.OpenedStructures;
import io.redisstate.structure.RedisStructures;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class TypedQueueIntegrationTests {

    record Item(int number, String text) {}

    private static final QueueOptions KEPT = QueueOptions.defaults().withTimeToLive(Duration.ofMinutes(5));
    private static final Duration LONG = Duration.ofSeconds(60);

    private final RedisServer redis = RedisServer.shared();

    @RegisterExtension
    final OpenedStructures structures = new OpenedStructures();

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void aDequeDoesWhatJavasDoes(Supplier<RedisConnectionFactory> factory) {
        Random random = new Random(System.nanoTime());
        TypedDeque<Item> deque = structures.on(factory.get()).deque("{model}", Item.class, KEPT.withCapacity(12));
        Deque<Item> model = new ArrayDeque<>();
        for (int i = 0; i < 400; i++) {
            Item item = new Item(i, "text {" + i + "}");
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    boolean fits = model.size() < 12;
                    assertThat(deque.offerLast(item)).isEqualTo(fits);
                    if (fits) {
                        model.addLast(item);
                    }
                }
                case 2 -> {
                    boolean fits = model.size() < 12;
                    assertThat(deque.offerFirst(item)).isEqualTo(fits);
                    if (fits) {
                        model.addFirst(item);
                    }
                }
                case 3 -> {
                    List<Item> many = List.of(item, new Item(-i, ""), item);
                    boolean fits = model.size() + 3 <= 12;
                    assertThat(deque.offerAll(many)).isEqualTo(fits);
                    if (fits) {
                        model.addAll(many);
                    }
                }
                case 4 -> assertThat(deque.pollFirst()).isEqualTo(Optional.ofNullable(model.pollFirst()));
                case 5 -> assertThat(deque.pollLast()).isEqualTo(Optional.ofNullable(model.pollLast()));
                case 6 -> {
                    List<Item> expected = new ArrayList<>();
                    while (expected.size() < 3 && !model.isEmpty()) {
                        expected.add(model.removeFirst());
                    }
                    assertThat(deque.poll(3)).isEqualTo(expected);
                }
                default -> {
                    assertThat(deque.peekFirst()).isEqualTo(Optional.ofNullable(model.peekFirst()));
                    assertThat(deque.peekLast()).isEqualTo(Optional.ofNullable(model.peekLast()));
                    assertThat(deque.size()).isEqualTo(model.size());
                }
            }
        }
        deque.clear();
        assertThat(deque.peekFirst()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void everyItemGoesToOneOfThoseWhoWait(Supplier<RedisConnectionFactory> factory) throws Exception {
        int items = 150;
        Queue<Integer> taken = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<Void>> readers = new ArrayList<>();
        List<RedisStructures> processes = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            // Three processes, as it were, with two readers each.
            if (i < 3) {
                processes.add(structures.on(factory.get()));
            }
            TypedQueue<Item> queue = processes.get(i % 3).queue("wo\nrk", Item.class, KEPT);
            readers.add(async(() -> {
                Optional<Item> item = queue.poll(LONG);
                while (item.isPresent() && item.get().number >= 0) {
                    taken.add(item.get().number);
                    item = queue.poll(LONG);
                }
                assertThat(item).isPresent();
            }));
        }
        TypedQueue<Item> queue = structures.on(factory.get()).queue("wo\nrk", Item.class, KEPT);
        for (int i = 0; i < items; i++) {
            queue.offer(new Item(i, ""));
        }
        for (int i = 0; i < readers.size(); i++) {
            queue.offer(new Item(-1, "end"));
        }
        for (CompletableFuture<Void> reader : readers) {
            reader.get(90, TimeUnit.SECONDS);
        }
        assertThat(taken)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, items).boxed().toList());
        assertThat(queue.size()).isZero();
    }

    @Test
    void waitingPollsNothingAndEndsInTime() throws Exception {
        TypedQueue<String> queue = structures.on(redis.jedis()).queue("idle", String.class, KEPT);
        assertThat(queue.poll(Duration.ofMillis(50))).isEmpty();
        CompletableFuture<Optional<String>> waiting = new CompletableFuture<>();
        CompletableFuture<Void> reader = async(() -> waiting.complete(queue.poll(LONG)));
        String waits = structures.prefix() + ":queue:{idle}:wait";
        await().until(() -> !redis.keys(waits).isEmpty());
        // The subscription's confirmation makes it look once more.
        await().pollDelay(Duration.ofMillis(300)).until(() -> true);
        assertThat(redis.count(() -> await().pollDelay(Duration.ofMillis(500)).until(() -> true))
                        .of("evalsha"))
                .isZero();
        queue.offer("item");
        assertThat(waiting.get(20, TimeUnit.SECONDS)).hasValue("item");
        reader.get(20, TimeUnit.SECONDS);
        assertThat(redis.count(() -> queue.offer("next")).of("evalsha")).isEqualTo(1);
        assertThat(redis.count(queue::poll).of("evalsha")).isEqualTo(1);
    }

    @Test
    void aReaderThatIsInterruptedLeavesItsTurn() throws Exception {
        TypedQueue<String> queue = structures.on(redis.jedis()).queue("turn", String.class, KEPT);
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            try {
                queue.poll(LONG);
            } catch (InterruptedException ex) {
                end.complete(ex);
            }
        });
        reader.start();
        await().until(() ->
                !redis.keys(structures.prefix() + ":queue:{turn}:wait").isEmpty());
        reader.interrupt();
        assertThat(end.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        CompletableFuture<Optional<String>> next = new CompletableFuture<>();
        CompletableFuture<Void> other = async(() -> next.complete(queue.poll(LONG)));
        queue.offer("item");
        assertThat(next.get(20, TimeUnit.SECONDS)).hasValue("item");
        other.get(20, TimeUnit.SECONDS);
    }

    @Test
    void badNumbersAreNamed() {
        TypedQueue<String> queue = structures.on(redis.jedis()).queue("bad", String.class, KEPT);
        assertThatIllegalArgumentException().isThrownBy(() -> queue.poll(0));
        assertThatIllegalArgumentException().isThrownBy(() -> queue.offerAll(List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KEPT.withCapacity(-1))
                .withMessageContaining("capacity");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KEPT.withTimeToLive(Duration.ZERO))
                .withMessageContaining("time to live");
    }

    interface Action {
        void run() throws Exception;
    }

    private static CompletableFuture<Void> async(Action action) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        action.run();
                    } catch (Exception ex) {
                        throw new IllegalStateException(ex);
                    }
                },
                command -> new Thread(command).start());
    }
}
