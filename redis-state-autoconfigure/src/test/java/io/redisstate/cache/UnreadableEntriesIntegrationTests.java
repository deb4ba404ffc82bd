package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.core.KeySpace;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.data.redis.connection.RedisConnection;

/** What can't be read is a miss, said once for each cache, and counted. */
@RedisTest
@ExtendWith(OutputCaptureExtension.class)
class UnreadableEntriesIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final String PROBLEM = "' holds an entry that can't be read";

    private final RedisServer server = RedisServer.shared();
    private final String prefix = server.uniquePrefix();
    /** Without tracking each look at a key that has not been read is a GET. */
    private final RedisStateCacheManager caches = manager(false);

    private RedisStateCacheManager manager(boolean tracking) {
        return RedisStateCacheManager.builder(server.jedis())
                .keyPrefix(prefix)
                .defaults(CacheSettings.builder().earlyRefreshBeta(0).build())
                .tracking(tracking)
                .build();
    }

    @AfterEach
    void close() {
        caches.close();
    }

    record User(String name, int age) {}

    /** What has become of {@link User}. */
    record Account(Long name, List<String> age) {}

    enum Kind {
        TRUNCATED(good -> Arrays.copyOf(good, good.length - 1), "damaged"),
        TRUNCATED_HEADER(good -> Arrays.copyOf(good, 10), "not written by this cache"),
        FLIPPED_BIT(
                good -> {
                    byte[] flipped = good.clone();
                    flipped[good.length - 3] ^= 1;
                    return flipped;
                },
                "damaged"),
        FLIPPED_BIT_IN_THE_HEADER(
                good -> {
                    byte[] flipped = good.clone();
                    flipped[20] ^= 1;
                    return flipped;
                },
                "damaged"),
        OF_THE_FUTURE(
                good -> {
                    byte[] future = good.clone();
                    future[1] = 9;
                    return future;
                },
                "format version 9, this is 1"),
        FOREIGN(
                good -> "{\"name\":\"plain JSON, longer than the header of an entry is\"}"
                        .getBytes(StandardCharsets.UTF_8),
                "not written by this cache"),
        EMPTY(good -> new byte[0], "not written by this cache"),
        ANOTHER_CLASS(good -> good, "it is no " + Account.class.getName()),
        ANOTHER_TYPE_OF_KEY(good -> good, "its key is not a string");

        @SuppressWarnings("ImmutableEnumChecker") // functions without state
        private final UnaryOperator<byte[]> damage;

        private final String told;

        Kind(UnaryOperator<byte[]> damage, String told) {
            this.damage = damage;
            this.told = told;
        }

        Type type() {
            return this == ANOTHER_CLASS ? Account.class : User.class;
        }

        /** Whoever claims takes neither nothing nor another type of key for an entry. */
        boolean isReadByAClaim() {
            return this != EMPTY && this != ANOTHER_TYPE_OF_KEY;
        }
    }

    private void damage(Kind kind, String cache, String name) {
        caches.getCache(cache).typed(User.class).put(name, new User("Ann", 30));
        byte[] key = KeySpace.bytes(prefix + ":cache:" + cache + ":{" + name + "}");
        try (RedisConnection connection = server.jedis().getConnection()) {
            byte[] good = Objects.requireNonNull(connection.stringCommands().get(key));
            connection.keyCommands().del(key);
            if (kind == Kind.ANOTHER_TYPE_OF_KEY) {
                connection.listCommands().lPush(key, good);
            } else {
                connection.stringCommands().set(key, kind.damage.apply(good));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEntryThatCantBeReadIsAMissSaidOnceAndCounted(Kind kind, CapturedOutput output) {
        String name = kind.name();
        RedisStateCache cache = caches.getCache(name).typed(kind.type());
        Object anew = kind == Kind.ANOTHER_CLASS ? new Account(1L, List.of()) : new User("new", 1);
        damage(kind, name, "a");
        damage(kind, name, "b");

        assertThat(cache.get("a")).isNull();
        assertThat(cache.statistics().unreadable()).isEqualTo(1);
        assertThat(cache.statistics().misses()).isEqualTo(1);
        assertThat(cache.<Object>get("a", () -> anew)).isEqualTo(anew);
        assertThat(cache.statistics().unreadable()).isEqualTo(2);
        assertThat(cache.statistics().loads()).isEqualTo(1);
        // What was loaded has taken its place.
        assertThat(cache.<Object>get("a", () -> "never")).isEqualTo(anew);
        assertThat(value(cache.get("a"))).isEqualTo(anew);

        assertThat(cache.get("b")).isNull();
        assertThat(cache.statistics().unreadable()).isEqualTo(3);
        assertThat(cache.statistics().failures()).isZero();
        assertThat(output.getAll().lines().filter(line -> line.contains("Cache '" + name + PROBLEM)))
                .singleElement()
                .asString()
                .contains("WARN")
                .contains("(" + kind.told);
    }

    @ParameterizedTest
    @EnumSource
    void soIsOneThatIsFoundWhileItIsClaimed(Kind kind, CapturedOutput output) {
        String name = kind.name();
        damage(kind, name, "a");
        damage(kind, name, "b");
        try (RedisStateCacheManager claiming = manager(true)) {
            RedisStateCache cache = claiming.getCache(name).typed(kind.type());
            cache.get("warm");
            await().atMost(LIMIT).until(claiming::isTracking);
            cache.get("warm");
            Object anew = kind == Kind.ANOTHER_CLASS ? new Account(1L, List.of()) : new User("new", 1);
            for (String key : List.of("a", "b")) {
                assertThat(cache.<Object>get(key, () -> anew)).isEqualTo(anew);
                assertThat(value(cache.get(key))).isEqualTo(anew);
            }
            assertThat(cache.statistics().loads()).isEqualTo(2);
            assertThat(cache.statistics().unreadable()).isEqualTo(kind.isReadByAClaim() ? 2 : 0);
            assertThat(output.getAll().lines().filter(line -> line.contains("Cache '" + name + PROBLEM)))
                    .hasSize(kind.isReadByAClaim() ? 1 : 0);
        }
    }

    private static @Nullable Object value(org.springframework.cache.Cache.@Nullable ValueWrapper wrapper) {
        return wrapper == null ? null : wrapper.get();
    }

    @Test
    void itIsSaidOfEachCache(CapturedOutput output) {
        for (String name : List.of("one", "two")) {
            RedisStateCache cache = caches.getCache(name).typed(User.class);
            for (String key : List.of("a", "b", "c")) {
                damage(Kind.FLIPPED_BIT, name, key);
                assertThat(cache.get(key)).isNull();
            }
            assertThat(cache.getAll(List.of("a", "b", "c"))).isEmpty();
            assertThat(cache.statistics().unreadable()).isEqualTo(6);
        }
        assertThat(output.getAll().lines().filter(line -> line.contains(PROBLEM)))
                .hasSize(2)
                .anyMatch(line -> line.contains("Cache 'one'"))
                .anyMatch(line -> line.contains("Cache 'two'"));
    }
}
