package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.NearSettings;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.KeySpace;
import io.redisstate.core.ScriptCall;
import io.redisstate.test.CommandCount;
import io.redisstate.test.HeldReplies;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

/** A change that comes while a value is being read or loaded keeps it out of the near cache. */
@RedisTest
class NearCacheRacesIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final String KEY = "key";

    private final RedisServer server = RedisServer.start();
    private final JedisConnectionFactory othersConnections = server.newJedis();
    private final HeldReplies calls = new HeldReplies(ConnectionGuard.of(server.jedis()));
    private final RedisStateCacheManager own =
            builder(RedisStateCacheManager.builder(server.jedis()).calls(calls));
    private final RedisStateCacheManager others = builder(RedisStateCacheManager.builder(othersConnections));
    private final RedisStateCache here = own.getCache("a");
    private final RedisStateCache there = others.getCache("a");

    private static RedisStateCacheManager builder(RedisStateCacheManager.Builder builder) {
        return builder.keyPrefix("races")
                .defaults(CacheSettings.builder()
                        .type(String.class)
                        .earlyRefreshBeta(0)
                        .near(NearSettings.DEFAULT)
                        .build())
                .build();
    }

    @BeforeEach
    void track() {
        // All caches are there before: another one would begin the tracking anew.
        own.getCache("barrier");
        here.put("warm", "warm");
        await().atMost(LIMIT).until(own::isTracking);
        // From now on it knows the version.
        here.get("warm");
    }

    @AfterEach
    void close() {
        own.close();
        others.close();
        othersConnections.destroy();
        server.close();
    }

    /** Messages come in order: whatever was changed before the call has been heard when it ends. */
    private void awaitHeard() {
        RedisStateCache barrier = own.getCache("barrier");
        NearCacheIntegrationTests.makeNear(own, barrier, "key", "old");
        server.command("DEL", "races:cache:barrier:{key}");
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(2)).until(() -> barrier.get("key") == null);
    }

    /** The ways to read a key, and the call whose reply is then under way. */
    enum Read {
        GET("GET") {
            @Override
            @Nullable
            Object of(RedisStateCache cache) {
                return cache.get(KEY, String.class);
            }
        },
        CLAIM("claim") {
            @Override
            @Nullable
            Object of(RedisStateCache cache) {
                return cache.get(KEY, () -> "loaded");
            }
        },
        MGET("MGET") {
            @Override
            @Nullable
            Object of(RedisStateCache cache) {
                return cache.getAll(List.of("other", KEY)).get(KEY);
            }
        },
        CLAIMS("claim") {
            @Override
            @Nullable
            Object of(RedisStateCache cache) {
                return cache.getAll(List.of("other", KEY), missing -> Map.of(KEY, "loaded"))
                        .get(KEY);
            }
        };

        private final String script;

        Read(String script) {
            this.script = script;
        }

        boolean isBy(ScriptCall<?> call) {
            return call.script().name().equals(script);
        }

        abstract @Nullable Object of(RedisStateCache cache);
    }

    @ParameterizedTest
    @EnumSource
    void aReplyUnderWayDuringAChangeDoesNotEnterTheNearCache(Read read) throws Exception {
        there.putAll(Map.of(KEY, "old", "other", "other"));

        HeldReplies.Hold hold = calls.holdNext(read::isBy);
        CompletableFuture<@Nullable Object> reading = CompletableFuture.supplyAsync(() -> read.of(here));
        hold.awaitAnswered();
        there.put(KEY, "new");
        awaitHeard();
        hold.release();
        // Who asked before the change may be given what was before.
        assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo("old");

        long near = here.statistics().nearHits();
        CommandCount next =
                server.count(() -> assertThat(here.get(KEY, String.class)).isEqualTo("new"));
        assertThat(next.of("get")).isOne();
        assertThat(here.statistics().nearHits()).isEqualTo(near);
        // What that one has read is near from then on.
        CommandCount nearer =
                server.count(() -> assertThat(here.get(KEY, String.class)).isEqualTo("new"));
        assertThat(nearer.total()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aReplyUnderWayWithoutAChangeDoesEnter(Read read) throws Exception {
        there.putAll(Map.of(KEY, "old", "other", "other"));

        HeldReplies.Hold hold = calls.holdNext(read::isBy);
        CompletableFuture<@Nullable Object> reading = CompletableFuture.supplyAsync(() -> read.of(here));
        hold.awaitAnswered();
        awaitHeard();
        hold.release();
        assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo("old");

        CommandCount next =
                server.count(() -> assertThat(here.get(KEY, String.class)).isEqualTo("old"));
        assertThat(next.total()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aReplyUnderWayWhileTheTrackerWasLostDoesNotEnter(Read read) throws Exception {
        there.putAll(Map.of(KEY, "old", "other", "other"));

        HeldReplies.Hold hold = calls.holdNext(read::isBy);
        CompletableFuture<@Nullable Object> reading = CompletableFuture.supplyAsync(() -> read.of(here));
        hold.awaitAnswered();
        deleteUnheard();
        hold.release();
        assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo("old");

        // From now on it knows the version again, without which nothing is near.
        here.get("warm");
        for (int i = 0; i < 3; i++) {
            assertThat(here.get(KEY, String.class)).isNull();
        }
    }

    /** Deletes the key in the same moment in which the tracker is lost, and waits until it is back. */
    private void deleteUnheard() {
        RedisStateCache barrier = own.getCache("barrier");
        NearCacheIntegrationTests.makeNear(own, barrier, KEY, "before");
        try (RedisConnection connection = othersConnections.getConnection()) {
            connection.multi();
            connection.execute("CLIENT", KeySpace.bytes("KILL"), KeySpace.bytes("TYPE"), KeySpace.bytes("pubsub"));
            connection.keyCommands().del(KeySpace.bytes("races:cache:a:{" + KEY + "}"));
            connection.exec();
        }
        // The loss can't be missed: what was near is so again only once it has been read.
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(2)).until(() -> {
            long near = barrier.statistics().nearHits();
            barrier.get(KEY);
            return barrier.statistics().nearHits() == near;
        });
        await().atMost(LIMIT).until(own::isTracking);
    }

    enum Change {
        EVICT,
        CLEAR,
        TAG,
        PUT
    }

    static Stream<Arguments> changesDuringLoads() {
        return Stream.of(Change.values()).flatMap(change -> Stream.of("get", "getAll")
                .flatMap(load -> Stream.of("here", "there").map(where -> Arguments.of(change, load, where))));
    }

    @ParameterizedTest
    @MethodSource("changesDuringLoads")
    void aValueThatIsChangedDuringItsLoadIsStoredNeitherNearNorFar(Change change, String load, String where)
            throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        RedisStateCache tagged = here.tagged(List.of("tag"));
        CompletableFuture<@Nullable Object> loaded = CompletableFuture.supplyAsync(() -> load.equals("get")
                ? tagged.get(KEY, () -> held(loading, go))
                : tagged.getAll(List.of(KEY), missing -> Map.of(KEY, held(loading, go)))
                        .get(KEY));
        assertThat(loading.await(20, TimeUnit.SECONDS)).isTrue();
        RedisStateCacheManager changing = where.equals("here") ? own : others;
        RedisStateCache cache = changing.getCache("a");
        switch (change) {
            case EVICT -> cache.evict(KEY);
            case CLEAR -> cache.clear();
            case TAG -> changing.invalidateTag("tag");
            case PUT -> cache.put(KEY, "new");
        }
        awaitHeard();
        go.countDown();
        assertThat(loaded.get(20, TimeUnit.SECONDS)).isEqualTo("old");

        @Nullable String expected = change == Change.PUT ? "new" : null;
        // The second one would be near.
        for (int i = 0; i < 3; i++) {
            assertThat(here.get(KEY, String.class)).isEqualTo(expected);
            assertThat(here.getAll(List.of(KEY)).get(KEY)).isEqualTo(expected);
            assertThat(there.get(KEY, String.class)).isEqualTo(expected);
        }
        assertThat(here.get(KEY, () -> "anew")).isEqualTo(Objects.requireNonNullElse(expected, "anew"));
    }

    private static String held(CountDownLatch loading, CountDownLatch go) {
        loading.countDown();
        try {
            if (!go.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("Not let go");
            }
        } catch (InterruptedException ex) {
            throw new IllegalStateException(ex);
        }
        return "old";
    }
}
