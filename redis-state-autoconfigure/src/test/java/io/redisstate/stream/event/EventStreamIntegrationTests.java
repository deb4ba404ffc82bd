package io.redisstate.stream.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.JsonCodec;
import io.redisstate.stream.Publication;
import io.redisstate.stream.StreamMessage;
import io.redisstate.test.BrokenCalls;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

@RedisTest
class EventStreamIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final EventStream<AccountEvent> accounts = stream(redis.jedis());

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({@JsonSubTypes.Type(Opened.class), @JsonSubTypes.Type(Deposited.class)})
    sealed interface AccountEvent permits Opened, Deposited {}

    record Opened(String owner) implements AccountEvent {}

    record Deposited(long amount) implements AccountEvent {}

    @AfterEach
    void clean() {
        redis.keys(prefix).forEach(key -> redis.command("DEL", key));
    }

    private EventStream<AccountEvent> stream(RedisConnectionFactory connections) {
        return new EventStreams(connections, prefix).stream("accounts", AccountEvent.class);
    }

    @Test
    void eventsAreReadFromAnyPositionAsWhatTheyWere() {
        accounts.append(new Opened("ann"));
        List<String> ids = accounts.appendAll(List.of(new Deposited(1), new Deposited(2)));
        assertThat(accounts.read(EventStream.BEGINNING, 10))
                .extracting(StreamMessage::payload)
                .containsExactly(new Opened("ann"), new Deposited(1), new Deposited(2));
        assertThat(accounts.read(ids.get(0), 10))
                .extracting(StreamMessage::payload)
                .containsExactly(new Deposited(2));
        assertThat(accounts.length()).isEqualTo(3);
        assertThat(accounts.last()).isEqualTo(ids.get(1));
        accounts.append(Publication.of(new Deposited(3)).withMessageKey("once"));
        accounts.append(Publication.of(new Deposited(3)).withMessageKey("once"));
        assertThat(accounts.length()).isEqualTo(4);
    }

    @Test
    void aProjectionGoesOnWhereItStood() {
        deposit(450);
        AtomicInteger events = new AtomicInteger();
        assertThat(accounts.project("sum", event -> events.incrementAndGet())).isEqualTo(450);
        assertThat(accounts.project("sum", event -> events.incrementAndGet())).isZero();
        deposit(5);
        assertThat(accounts.project("sum", event -> events.incrementAndGet())).isEqualTo(5);
        accounts.reset("sum");
        assertThat(accounts.positionOf("sum")).isEmpty();
        assertThat(accounts.project("sum", event -> events.incrementAndGet())).isEqualTo(455);
        List<StreamMessage<AccountEvent>> replayed = new ArrayList<>();
        assertThat(accounts.replay(EventStream.BEGINNING, replayed::add)).isEqualTo(accounts.last());
        assertThat(replayed).hasSize(455);
    }

    @Test
    void aProjectionThatFailsKeepsWhatItHasSeen() {
        deposit(10);
        List<AccountEvent> seen = new ArrayList<>();
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> accounts.project("sum", event -> {
                    if (event.payload().equals(new Deposited(6))) {
                        throw new IllegalStateException("no");
                    }
                    seen.add(event.payload());
                }));
        accounts.project("sum", event -> seen.add(event.payload()));
        assertThat(seen).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void onlyOneProcessMovesAProjection() {
        deposit(3);
        assertThatExceptionOfType(ProjectionMovedException.class)
                .isThrownBy(() -> accounts.project("sum", event -> {
                    if (event.payload().equals(new Deposited(0))) {
                        accounts.project("sum", other -> {});
                    }
                }))
                .withMessageContaining("'sum'");
    }

    @Test
    void followersGetWhatWasAndWhatComesAsFastAsTheyAsk() {
        for (RedisConnectionFactory connections : List.of(redis.jedis(), redis.lettuce())) {
            redis.command("DEL", prefix + ":stream:{accounts}");
            deposit(3);
            Asking all = new Asking();
            Asking fromNow = new Asking();
            stream(connections).follow(EventStream.BEGINNING).subscribe(all);
            stream(connections).follow(EventStream.NOW).subscribe(fromNow);
            await().atMost(LIMIT).until(() -> all.subscription != null && fromNow.subscription != null);
            all.ask(2);
            await().atMost(LIMIT).until(() -> all.events.size() == 2);
            await().during(Duration.ofMillis(300)).atMost(LIMIT).until(() -> all.events.size() == 2);
            all.ask(Long.MAX_VALUE);
            fromNow.ask(Long.MAX_VALUE);
            await().atMost(LIMIT).until(() -> all.events.size() == 3);
            deposit(2);
            await().atMost(LIMIT).until(() -> all.events.size() == 5 && fromNow.events.size() >= 2);
            assertThat(fromNow.events).hasSize(2);
            all.stop();
            fromNow.stop();
        }
    }

    @Test
    void aWrongRequestAndAnUnreadableEventEndTheFollower() {
        Asking asking = new Asking();
        accounts.follow(EventStream.BEGINNING).subscribe(asking);
        await().atMost(LIMIT).until(() -> asking.subscription != null);
        asking.ask(0);
        await().atMost(LIMIT).until(() -> asking.failure instanceof IllegalArgumentException);

        redis.command("XADD", prefix + ":stream:{accounts}", "*", "payload", "{not json");
        Asking reading = new Asking();
        accounts.follow(EventStream.BEGINNING).subscribe(reading);
        await().atMost(LIMIT).until(() -> reading.subscription != null);
        reading.ask(1);
        await().atMost(LIMIT).until(() -> reading.failure instanceof IllegalArgumentException);
    }

    @Test
    void aFluxFollowsToo() {
        deposit(5);
        assertThat(EventFlux.follow(accounts, EventStream.BEGINNING)
                        .map(StreamMessage::payload)
                        .take(5)
                        .collectList()
                        .block(LIMIT))
                .hasSize(5)
                .startsWith(new Deposited(0));
    }

    @Test
    void aLiveProjectionGoesOnThroughLostConnections() throws Exception {
        try (RedisServer own = RedisServer.start()) {
            EventStream<AccountEvent> there = stream(own.jedis());
            ConcurrentLinkedQueue<AccountEvent> seen = new ConcurrentLinkedQueue<>();
            AtomicReference<Object> ended = new AtomicReference<>("not yet");
            there.append(new Opened("ann"));
            try (AutoCloseable live = there.keepProjected(
                    "live", event -> seen.add(event.payload()), failure -> ended.set(String.valueOf(failure)))) {
                await().atMost(LIMIT).until(() -> seen.size() == 1);
                own.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
                await().atMost(LIMIT)
                        .ignoreExceptions()
                        .untilAsserted(() ->
                                there.append(Publication.of(new Deposited(1)).withMessageKey("1")));
                await().atMost(LIMIT).until(() -> seen.size() == 2);
            }
            assertThat(ended).hasValue("null");
            assertThat(there.positionOf("live")).hasValue(there.last());
        }
    }

    @Test
    void aLiveProjectionWaitsUntilItsPositionCanBeStored() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        BrokenCalls calls = new BrokenCalls(ConnectionGuard.of(redis.jedis()))
                .losing(call -> call.script().name().contains("project") && tries.incrementAndGet() <= 2);
        EventStream<AccountEvent> there = new EventStreams(
                        redis.jedis(), calls, new JsonCodec(new JsonMapper()), prefix)
                .stream("accounts", AccountEvent.class);
        ConcurrentLinkedQueue<AccountEvent> seen = new ConcurrentLinkedQueue<>();
        AtomicReference<@Nullable Throwable> ended = new AtomicReference<>();
        deposit(2);
        try (AutoCloseable live = there.keepProjected(
                "live",
                event -> {
                    seen.add(event.payload());
                    if (event.payload().equals(new Deposited(7))) {
                        throw new LinkageError("the reader");
                    }
                },
                ended::set)) {
            await().atMost(LIMIT).until(() -> there.positionOf("live").equals(java.util.Optional.of(accounts.last())));
            assertThat(seen).containsExactly(new Deposited(0), new Deposited(1));
            assertThat(ended).hasValue(null);

            // An error is a failure of the reader like any other.
            accounts.append(new Deposited(7));
            await().atMost(LIMIT).until(() -> ended.get() instanceof LinkageError);
        }
    }

    private void deposit(int count) {
        accounts.appendAll(IntStream.range(0, count).mapToObj(Deposited::new).toList());
    }

    private static final class Asking implements Flow.Subscriber<StreamMessage<AccountEvent>> {

        private final ConcurrentLinkedQueue<AccountEvent> events = new ConcurrentLinkedQueue<>();
        private volatile Flow.@Nullable Subscription subscription;
        private volatile @Nullable Throwable failure;

        void ask(long count) {
            java.util.Objects.requireNonNull(subscription).request(count);
        }

        void stop() {
            java.util.Objects.requireNonNull(subscription).cancel();
        }

        @Override
        public void onSubscribe(Flow.Subscription newSubscription) {
            subscription = newSubscription;
        }

        @Override
        public void onNext(StreamMessage<AccountEvent> event) {
            events.add(event.payload());
        }

        @Override
        public void onError(Throwable error) {
            failure = error;
        }

        @Override
        public void onComplete() {}
    }
}
