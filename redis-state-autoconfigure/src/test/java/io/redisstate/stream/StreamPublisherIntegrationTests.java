package io.redisstate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.redisstate.core.CallBreaker;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionCallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.ScriptCall;
import io.redisstate.test.BrokenCalls;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import io.redisstate.test.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class StreamPublisherIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final String key = prefix + ":stream:{s}";

    @AfterEach
    void clean() {
        redis.keys(prefix).forEach(name -> redis.command("DEL", name));
    }

    @Test
    void aPayloadIsJsonOrTextOrBytesAsItIs() {
        StreamPublisher publisher = publisher().build();
        publisher.publish("s", Map.of("a", 1));
        publisher.publish("s", "text");
        publisher.publish(
                "s", Publication.of(new byte[] {65}).withHeader("h", "v").withMessageKey("k"));
        assertThat(String.valueOf(redis.command("XRANGE", key, "-", "+")))
                .contains("payload, {\"a\":1}", "payload, text", "payload, A, h:h, v, rs:key, k");
    }

    @Test
    void manyAreAppendedInTheirOrderAndKnownByTheirIds() {
        List<Published> published = publisher()
                .build()
                .publishAll(
                        "s",
                        IntStream.range(0, 1_050)
                                .mapToObj(i -> i % 7 == 0
                                        ? Publication.of("p" + i).withMessageKey("k" + i)
                                        : Publication.of("p" + i))
                                .toList());
        Object entries = redis.command("XRANGE", key, "-", "+");
        assertThat(entries).isInstanceOf(List.class);
        List<?> list = (List<?>) entries;
        assertThat(list).hasSize(1_050);
        assertThat(published).hasSize(1_050).noneMatch(Published::duplicate);
        for (int i = 0; i < list.size(); i++) {
            List<?> entry = (List<?>) list.get(i);
            assertThat(entry.get(0)).isEqualTo(published.get(i).id());
            assertThat(((List<?>) entry.get(1)).get(1)).isEqualTo("p" + i);
        }
    }

    @Test
    void aMessageKeyIsAppendedOnceWithinItsWindow() {
        StreamPublisher publisher = publisher().window(Duration.ofMinutes(1)).build();
        Published first = publisher.publish("s", Publication.of("a").withMessageKey("k"));
        Published second = publisher.publish("s", Publication.of("a").withMessageKey("k"));
        assertThat(second).isEqualTo(new Published(first.id(), true));
        assertThat(redis.command("XLEN", key)).isEqualTo(1L);
        assertThat((Long) redis.command("PTTL", key + ":once:k")).isBetween(1L, 60_000L);
    }

    @Test
    void aPublicationWhoseReplyWasLostIsSentAgainAndNotAppendedTwice() {
        AtomicInteger lost = new AtomicInteger();
        CallExecutor losesFirstReply = new CallExecutor() {
            private final CallExecutor target = new ConnectionCallExecutor(redis.jedis());

            @Override
            public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
                T reply = target.execute(call);
                if (lost.getAndIncrement() == 0) {
                    throw new QueryTimeoutException("lost");
                }
                return reply;
            }

            @Override
            public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
                return target.executeAll(calls);
            }
        };
        StreamPublisher publisher = publisher()
                .calls(new ConnectionGuard(
                        losesFirstReply,
                        ConnectionGuard.backOff(3, Duration.ofMillis(1), Duration.ofMillis(1)),
                        CallBreaker.NONE))
                .build();

        Published published = publisher.publish("s", Publication.of("a").withMessageKey("k"));

        assertThat(lost).hasValue(2);
        assertThat(published.duplicate()).isTrue();
        assertThat(redis.command("XLEN", key)).isEqualTo(1L);
    }

    static Stream<Named<Function<RedisServer, RedisConnectionFactory>>> clients() {
        return Stream.of(Named.of("Jedis", RedisServer::jedis), Named.of("Lettuce", RedisServer::lettuce));
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aReplyLostWithItsConnectionMakesNoDuplicate(Function<RedisServer, RedisConnectionFactory> client)
            throws Exception {
        try (RedisServer own = RedisServer.start();
                TcpProxy proxy = TcpProxy.to(own);
                RedisServer through = proxy.server()) {
            StreamPublisher publisher = StreamPublisher.builder(client.apply(through))
                    .keyPrefix(prefix)
                    .build();
            // Connected, and the server knows the script.
            publisher.publish("s", Publication.of("first").withMessageKey("first"));

            CommandCount one = own.count(() -> {
                proxy.loseNextReply();
                assertThat(publisher.publish("s", Publication.of("a").withMessageKey("a")))
                        .satisfies(it -> assertThat(it.duplicate()).isTrue());
                assertThat(proxy.repliesToLose()).isZero();
            });
            assertThat(one.of("evalsha")).isEqualTo(2);
            assertThat(one.of("xadd")).isEqualTo(1);

            CommandCount many = own.count(() -> {
                proxy.loseNextReply();
                List<Published> published = publisher.publishAll(
                        "s",
                        IntStream.range(0, 250)
                                .mapToObj(i -> Publication.of("p" + i).withMessageKey("k" + i))
                                .toList());
                assertThat(proxy.repliesToLose()).isZero();
                assertThat(published).hasSize(250);
                assertThat(published.stream().map(Published::id)).doesNotHaveDuplicates();
            });
            assertThat(many.of("evalsha")).isGreaterThan(3);
            assertThat(many.of("xadd")).isEqualTo(250);
            assertThat(own.command("XLEN", key)).isEqualTo(252L);
        }
    }

    @Test
    void unsafeTrimmingDropsTheOldestWhoeverNeedsThem() {
        StreamPublisher publisher =
                publisher().trimming(Trimming.maxLength(100).unsafe()).build();
        redis.command("XGROUP", "CREATE", key, "g", "0", "MKSTREAM");
        publish(publisher, 1_000);
        assertThat((Long) redis.command("XLEN", key)).isBetween(100L, 250L);
    }

    @Test
    void safeTrimmingKeepsWhatAnyGroupStillNeeds() {
        StreamPublisher publisher =
                publisher().trimming(Trimming.maxLength(100)).build();
        redis.command("XGROUP", "CREATE", key, "slow", "0", "MKSTREAM");
        redis.command("XGROUP", "CREATE", key, "quick", "0");
        publish(publisher, 500);
        assertThat(redis.command("XLEN", key)).isEqualTo(500L);

        // The quick group has everything, the slow one 300 of which it has acknowledged all but the 200th.
        redis.command("XREADGROUP", "GROUP", "quick", "c", "NOACK", "STREAMS", key, ">");
        List<String> given =
                ids(redis.command("XREADGROUP", "GROUP", "slow", "c", "COUNT", "300", "STREAMS", key, ">"));
        for (int i = 0; i < given.size(); i++) {
            if (i != 200) {
                redis.command("XACK", key, "slow", given.get(i));
            }
        }
        assertThat(publisher.trim("s", Trimming.maxLength(100))).isEqualTo(200);
        assertThat(firstId()).isEqualTo(given.get(200));

        redis.command("XACK", key, "slow", given.get(200));
        assertThat(publisher.trim("s", Trimming.maxLength(100))).isEqualTo(100);
        assertThat(redis.command("XLEN", key)).isEqualTo(200L);

        redis.command("XREADGROUP", "GROUP", "slow", "c", "NOACK", "STREAMS", key, ">");
        assertThat(publisher.trim("s", Trimming.maxLength(100))).isEqualTo(100);
        assertThat(redis.command("XLEN", key)).isEqualTo(100L);
    }

    @Test
    void whatWasAppendedIsPublishedAlsoWhenItCantBeTrimmed() {
        StreamPublisher publisher = publisher()
                .trimming(Trimming.maxLength(10))
                .calls(new BrokenCalls(ConnectionGuard.of(redis.jedis()))
                        .losing(call -> call.script().name().contains("trim")))
                .build();
        for (int i = 0; i < 12; i++) {
            assertThat(publisher.publish("s", "p" + i)).isNotEmpty();
        }
        assertThat(redis.command("XLEN", key)).isEqualTo(12L);
    }

    @Test
    void safeTrimmingByAgeAndWithoutGroups() {
        StreamPublisher publisher = publisher().build();
        redis.command("XADD", key, "1-1", "payload", "old");
        publisher.publish("s", "new");
        assertThat(publisher.trim("s", Trimming.maxAge(Duration.ofHours(1)))).isEqualTo(1);
        assertThat(redis.command("XLEN", key)).isEqualTo(1L);
        publish(publisher, 50);
        assertThat(publisher.trim("s", Trimming.maxLength(10))).isEqualTo(41);
        assertThat(publisher.trim("missing", Trimming.maxLength(10))).isZero();
        assertThat(publisher.trim("s", Trimming.NONE)).isZero();
    }

    @Test
    void nonsenseIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> publisher().window(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> Trimming.maxLength(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Publication.of("a").withMessageKey(""));
        assertThatIllegalArgumentException().isThrownBy(() -> new StreamKeys(prefix).consumers("s", ""));
    }

    private StreamPublisher.Builder publisher() {
        return StreamPublisher.builder(redis.jedis()).keyPrefix(prefix);
    }

    private static void publish(StreamPublisher publisher, int count) {
        for (int i = 0; i < count; i += 50) {
            publisher.publishAll(
                    "s",
                    IntStream.range(i, i + 50)
                            .mapToObj(n -> Publication.of("p" + n))
                            .toList());
        }
    }

    private String firstId() {
        return ids(redis.command("XRANGE", key, "-", "+", "COUNT", "1")).get(0);
    }

    private static List<String> ids(@Nullable Object reply) {
        List<?> list = (List<?>) java.util.Objects.requireNonNull(reply);
        List<?> entries =
                list.size() == 1 && ((List<?>) list.get(0)).get(0).toString().contains(":stream:")
                        ? (List<?>) ((List<?>) list.get(0)).get(1)
                        : list;
        return entries.stream()
                .map(entry -> String.valueOf(((List<?>) entry).get(0)))
                .toList();
    }
}
