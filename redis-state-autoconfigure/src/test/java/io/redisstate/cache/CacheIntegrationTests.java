package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.redisstate.cache.entry.CacheSerializer;
import io.redisstate.cache.entry.Compression;
import io.redisstate.cache.entry.Entry;
import io.redisstate.cache.entry.EntryFormat;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.core.KeySpace;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cache.Cache;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.data.redis.connection.RedisConnection;

@RedisTest
class CacheIntegrationTests {

    private final RedisServer server = RedisServer.shared();
    private final String prefix = server.uniquePrefix();
    private final MovableClock clock = new MovableClock();
    private final List<RedisStateCacheManager> managers = new ArrayList<>();
    private RedisStateCacheManager caches = manager(settings -> settings);

    record User(String name, int age) {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({@JsonSubTypes.Type(Dog.class), @JsonSubTypes.Type(Cat.class)})
    interface Animal {}

    record Dog(String name) implements Animal {}

    record Cat(int lives) implements Animal {}

    interface Plain {
        String text();
    }

    record PlainText(String text) implements Plain {}

    /** A clock that a test moves. */
    static final class MovableClock extends Clock {

        private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

        void forward(Duration more) {
            ahead.updateAndGet(more::plus);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.now().plus(ahead.get());
        }
    }

    private RedisStateCacheManager manager(UnaryOperator<CacheSettings.Builder> settings) {
        RedisStateCacheManager manager = RedisStateCacheManager.builder(server.jedis())
                .keyPrefix(prefix)
                .clock(clock)
                .defaults(settings.apply(CacheSettings.builder().jitter(0).earlyRefreshBeta(0))
                        .build())
                .build();
        managers.add(manager);
        return manager;
    }

    @BeforeEach
    void warm() {
        caches.getCache("warm").get("a", () -> "a");
    }

    @AfterEach
    void close() {
        managers.forEach(RedisStateCacheManager::close);
    }

    private RedisStateCache users() {
        return caches.getCache("users").typed(User.class);
    }

    @Test
    void springsContractHolds() {
        RedisStateCache users = users();
        User ann = new User("Ann", 30);

        assertThat(users.get("ann")).isNull();
        assertThat(users.get("ann", User.class)).isNull();
        assertThat(users.get("ann", () -> ann)).isEqualTo(ann);
        assertThat(users.get("ann", () -> new User("other", 1))).isEqualTo(ann);
        assertThat(wrapped(users.get("ann"))).isEqualTo(ann);
        assertThat(users.get("ann", User.class)).isEqualTo(ann);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> users.get("ann", Integer.class))
                .withMessageContaining("java.lang.Integer");

        users.put("bob", new User("Bob", 40));
        assertThat(wrapped(users.putIfAbsent("bob", ann))).isEqualTo(new User("Bob", 40));
        assertThat(users.putIfAbsent("cid", ann)).isNull();
        assertThat(users.get("cid", User.class)).isEqualTo(ann);
        users.evict("cid");
        assertThat(users.get("cid")).isNull();
        assertThat(users.evictIfPresent("bob")).isTrue();
        assertThat(users.evictIfPresent("bob")).isFalse();

        users.clear();
        assertThat(users.get("ann")).isNull();
        assertThat(users.putIfAbsent("ann", ann)).isNull();
        assertThat(users.invalidate()).isTrue();
        assertThat(users.get("ann")).isNull();
        assertThat(users.getName()).isEqualTo("users");
        assertThat(users.getNativeCache()).isSameAs(users);
        assertThat(caches.getCacheNames()).containsExactly("users", "warm");
    }

    @Test
    void futuresHoldTheSame() throws Exception {
        RedisStateCache users = users();
        User ann = new User("Ann", 30);
        assertThat(Objects.requireNonNull(users.retrieve("ann")).get(10, TimeUnit.SECONDS))
                .isNull();
        assertThat(users.retrieve("ann", () -> CompletableFuture.supplyAsync(() -> ann))
                        .get(10, TimeUnit.SECONDS))
                .isEqualTo(ann);
        assertThat(users.retrieve("ann").get(10, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        Cache.ValueWrapper.class, hit -> assertThat(hit.get()).isEqualTo(ann));
        CompletableFuture<Object> failing =
                users.retrieve("bob", () -> CompletableFuture.failedFuture(new IllegalStateException("no")));
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> failing.get(10, TimeUnit.SECONDS))
                .withCauseInstanceOf(IllegalStateException.class);
    }

    private static @Nullable Object wrapped(Cache.@Nullable ValueWrapper wrapper) {
        return Objects.requireNonNull(wrapper).get();
    }

    @Test
    void allKindsOfValuesComeBack() {
        assertComesBack("text", String.class);
        assertComesBack("", String.class);
        assertComesBack(null, String.class);
        assertComesBack(42L, Long.class);
        assertComesBack(new BigDecimal("1.10"), BigDecimal.class);
        assertComesBack(Instant.parse("2026-01-02T03:04:05.006007008Z"), Instant.class);
        assertComesBack(new User("Ann", 30), User.class);
        assertComesBack(List.of(new User("Ann", 30)), new ParameterizedTypeReference<List<User>>() {}.getType());
        assertComesBack(
                Map.of("a", List.of(new User("b", 1))),
                new ParameterizedTypeReference<Map<String, List<User>>>() {}.getType());
        assertComesBack(
                Optional.of(new User("Ann", 30)), new ParameterizedTypeReference<Optional<User>>() {}.getType());
        assertComesBack(Optional.empty(), new ParameterizedTypeReference<Optional<User>>() {}.getType());
        assertComesBack(new Dog("rex"), Animal.class);
        assertComesBack(
                List.<Animal>of(new Dog("rex"), new Cat(9)),
                new ParameterizedTypeReference<List<Animal>>() {}.getType());
        assertComesBack(new PlainText("text"), Plain.class);
        assertComesBack(List.of(), new ParameterizedTypeReference<List<User>>() {}.getType());
        assertComesBack("a".repeat(10 << 20), String.class);
        assertComesBack(new byte[] {1, 2}, byte[].class);
    }

    private void assertComesBack(@Nullable Object value, Type type) {
        RedisStateCache cache = caches.getCache("values").typed(type);
        cache.put("key", value);
        assertThat(wrapped(cache.get("key"))).isEqualTo(value);
        RedisStateCache small = manager(
                        settings -> settings.compression(Compression.DEFLATE).compressAbove(1))
                .getCache("small")
                .typed(type);
        small.put("key", value);
        assertThat(wrapped(small.get("key"))).isEqualTo(value);
    }

    @Test
    void valuesWithoutATypeComeBackAsWhatTheyWere() {
        RedisStateCache cache = caches.getCache("any");
        for (Object value :
                List.<Object>of("text", 42, 42L, new User("Ann", 30), new BigDecimal("1.10"), Instant.EPOCH)) {
            cache.put("key", value);
            assertThat(wrapped(cache.get("key"))).isEqualTo(value);
        }
        // Another process that has not seen the class loads, and then knows it.
        RedisStateCache other = manager(settings -> settings).getCache("any");
        cache.put("key", new User("Ann", 30));
        assertThat(other.get("key")).isNull();
        assertThat(other.get("key", User.class)).isEqualTo(new User("Ann", 30));
        assertThat(other.get("key", () -> new User("new", 1))).isEqualTo(new User("new", 1));
        assertThat(wrapped(other.get("key"))).isEqualTo(new User("new", 1));
    }

    @Test
    void aValueThatCouldNotBeReadAgainIsNotStored() {
        RedisStateCache cache = caches.getCache("any");
        assertThat(cache.get("key", () -> List.of(new User("Ann", 30)))).hasSize(1);
        assertThat(cache.get("key")).isNull();
        assertThat(cache.statistics().unwritable()).isOne();
    }

    @Test
    void allKindsOfKeysWork() {
        RedisStateCache cache = caches.getCache("keys {of} all kinds");
        List<String> keys = List.of(
                "", " ", "a b", "{a}", "}{", "%", "ключ 鍵 🔑", "line\nfeed", "k".repeat(10_240), "\\", "a:load");
        keys.forEach(key -> cache.put(key, "value of " + key));
        keys.forEach(key -> assertThat(cache.get(key, String.class)).isEqualTo("value of " + key));
        keys.forEach(key -> assertThat(cache.get(key + "x", () -> "x")).isEqualTo("x"));
        cache.evict("");
        assertThat(cache.get("")).isNull();
    }

    @Test
    void nullsHaveTheirOwnTimeOrAreNotCached() {
        AtomicInteger loads = new AtomicInteger();
        RedisStateCache own =
                manager(settings -> settings.nullTtl(Duration.ofMinutes(1))).getCache("nulls");
        assertThat(own.<String>get("a", () -> none(loads))).isNull();
        assertThat(own.<String>get("a", () -> none(loads))).isNull();
        assertThat(loads).hasValue(1);
        assertThat(own.get("a")).isNotNull();
        clock.forward(Duration.ofSeconds(61));
        assertThat(own.get("a")).isNull();

        RedisStateCache none =
                manager(settings -> settings.nullTtl(Duration.ZERO)).getCache("no-nulls");
        none.get("a", () -> none(loads));
        none.get("a", () -> none(loads));
        assertThat(loads).hasValue(3);
        none.put("b", "b");
        none.put("b", null);
        assertThat(none.get("b")).isNull();
    }

    private static @Nullable String none(AtomicInteger loads) {
        loads.incrementAndGet();
        return null;
    }

    @Test
    void aStaleValueIsGivenAtOnceAndRefreshedByOneInTheBackground() throws Exception {
        RedisStateCache cache = manager(
                        settings -> settings.fresh(Duration.ofMinutes(1)).keep(Duration.ofMinutes(5)))
                .getCache("stale");
        AtomicInteger loads = new AtomicInteger();
        assertThat(cache.get("a", loads::incrementAndGet)).isEqualTo(1);
        clock.forward(Duration.ofSeconds(61));
        CountDownLatch go = new CountDownLatch(1);
        for (int i = 0; i < 20; i++) {
            assertThat(cache.get("a", () -> {
                        go.await();
                        return loads.incrementAndGet();
                    }))
                    .isEqualTo(1);
        }
        go.countDown();
        await().untilAsserted(() -> assertThat(cache.get("a", Integer.class)).isEqualTo(2));
        assertThat(loads).hasValue(2);
        assertThat(cache.statistics().staleHits()).isEqualTo(20);
        assertThat(cache.statistics().refreshes()).isOne();
        clock.forward(Duration.ofMinutes(6));
        assertThat(cache.get("a", loads::incrementAndGet)).isEqualTo(3);
    }

    @Test
    void aKeptValueStandsInForAFailedLoad() {
        RedisStateCache cache = manager(settings -> settings.fresh(Duration.ofMinutes(1))
                        .staleIfError(Duration.ofMinutes(5))
                        .failureHold(Duration.ofMinutes(1)))
                .getCache("errors");
        cache.get("a", () -> "old");
        clock.forward(Duration.ofSeconds(61));
        AtomicInteger loads = new AtomicInteger();
        for (int i = 0; i < 10; i++) {
            assertThat(cache.<String>get("a", () -> failing(loads))).isEqualTo("old");
        }
        assertThat(loads).hasValue(1);
        assertThat(cache.get("a")).isNull();
    }

    @Test
    void aFailedLoadIsGivenToAllWaitersAndHeldForAWhile() throws Exception {
        RedisStateCache cache = manager(settings -> settings.failureHold(Duration.ofMillis(300)))
                .getCache("errors");
        AtomicInteger loads = new AtomicInteger();
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch fail = new CountDownLatch(1);
        List<CompletableFuture<String>> callers = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            callers.add(CompletableFuture.supplyAsync(
                    () -> cache.get("a", () -> {
                        loading.countDown();
                        fail.await();
                        return failing(loads);
                    }),
                    task -> new Thread(task).start()));
        }
        loading.await();
        fail.countDown();
        List<Throwable> causes = new ArrayList<>();
        for (CompletableFuture<String> caller : callers) {
            try {
                caller.get(10, TimeUnit.SECONDS);
            } catch (ExecutionException ex) {
                causes.add(Objects.requireNonNull(ex.getCause()).getCause());
            }
        }
        assertThat(causes).hasSize(32).allMatch(cause -> cause == causes.get(0));
        assertThat(loads).hasValue(1);
        await().ignoreExceptions()
                .untilAsserted(() -> assertThat(cache.get("a", () -> "right")).isEqualTo("right"));
    }

    private static String failing(AtomicInteger loads) {
        loads.incrementAndGet();
        throw new IllegalStateException("no database");
    }

    @Test
    void whoeverChangesAKeyDuringItsLoadWins() throws Exception {
        for (String change : List.of("evict", "clear", "tag", "put")) {
            RedisStateCache cache =
                    caches.getCache("changes-" + change).typed(String.class).tagged(List.of("tag"));
            RedisStateCache other = manager(settings -> settings).getCache("changes-" + change);
            CountDownLatch loading = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            CompletableFuture<String> load = CompletableFuture.supplyAsync(() -> cache.get("a", () -> {
                loading.countDown();
                go.await();
                return "old";
            }));
            loading.await();
            switch (change) {
                case "evict" -> other.evict("a");
                case "clear" -> other.clear();
                case "tag" -> other.invalidateTag("tag");
                default -> other.put("a", "new");
            }
            go.countDown();
            assertThat(load.get(10, TimeUnit.SECONDS)).isEqualTo("old");
            // Another process's change of a version is heard within the way through the network.
            await().untilAsserted(() ->
                    assertThat(cache.get("a", String.class)).as(change).isEqualTo(change.equals("put") ? "new" : null));
            assertThat(cache.get("a", () -> "new")).as(change).isEqualTo("new");
        }
    }

    @Test
    void whoAsksAfterAnEvictionDuringALoadDoesNotGetWhatIsBeingLoaded() throws Exception {
        RedisStateCache cache = caches.getCache("evicted");
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<String> load = CompletableFuture.supplyAsync(() -> cache.get("a", () -> {
            loading.countDown();
            go.await();
            return "old";
        }));
        loading.await();
        cache.evict("a");
        assertThat(cache.get("a", () -> "new")).isEqualTo("new");
        go.countDown();
        load.get(10, TimeUnit.SECONDS);
        assertThat(cache.get("a", String.class)).isEqualTo("new");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clear", "tag", "clear elsewhere"})
    void whoAsksAfterAnInvalidationDuringALoadDoesNotGetWhatIsBeingLoaded(String change) throws Exception {
        // Without tracking it is known at once what another process has done.
        RedisStateCacheManager asking = RedisStateCacheManager.builder(server.jedis())
                .keyPrefix(prefix)
                .tracking(!change.endsWith("elsewhere"))
                .build();
        managers.add(asking);
        RedisStateCache cache = asking.getCache("overtaken").typed(String.class).tagged(List.of("overtaken"));
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<String> load = CompletableFuture.supplyAsync(() -> cache.get("a", () -> {
            loading.countDown();
            go.await();
            return "old";
        }));
        loading.await();
        switch (change) {
            case "clear" -> cache.clear();
            case "tag" -> asking.invalidateTag("overtaken");
            default -> caches.getCache("overtaken").clear();
        }
        AtomicReference<@Nullable String> given = new AtomicReference<>();
        Thread later = new Thread(() -> given.set(cache.get("a", () -> "new")));
        later.start();
        await().until(() -> later.getState() == Thread.State.TIMED_WAITING || !later.isAlive());
        go.countDown();
        later.join(20_000);
        assertThat(given.get()).isEqualTo("new");
        assertThat(load.get(10, TimeUnit.SECONDS)).isEqualTo("old");
        assertThat(cache.get("a", String.class)).isEqualTo("new");
    }

    @Test
    void tagsInvalidateAcrossCaches() {
        RedisStateCache users = caches.getCache("users").typed(String.class);
        RedisStateCache orders = caches.getCache("orders").typed(String.class);
        users.put("a", "a", List.of("customer:1"));
        users.put("b", "b", List.of("customer:2", "vip"));
        orders.tagged(List.of("customer:1")).get("c", () -> "c");
        orders.put("d", "d");

        RedisStateCacheManager other = manager(settings -> settings);
        other.invalidateTag("customer:1");

        await().untilAsserted(() -> assertThat(users.get("a")).isNull());
        assertThat(users.get("b", String.class)).isEqualTo("b");
        await().untilAsserted(() -> assertThat(orders.get("c")).isNull());
        assertThat(orders.get("d", String.class)).isEqualTo("d");
        users.invalidateTag("vip");
        assertThat(users.get("b")).isNull();
        users.put("b", "b", List.of("vip"));
        assertThat(users.get("b", String.class)).isEqualTo("b");
    }

    @Test
    void anInvalidationDuringALoadWinsOverTagsOfTheResultToo() throws Exception {
        RedisStateCache plain = caches.getCache("result-tags").typed(String.class);
        RedisStateCache cache = plain.taggedBy((key, value) -> List.of("result:" + value));
        assertThat(cache.get("calm", () -> "a")).isEqualTo("a");
        assertThat(plain.get("calm", String.class)).isEqualTo("a");
        caches.invalidateTag("result:a");
        assertThat(plain.get("calm")).isNull();

        assertThat(cache.get("key", () -> {
                    caches.invalidateTag("result:old");
                    return "old";
                }))
                .isEqualTo("old");
        assertThat(plain.get("key")).isNull();
        assertThat(cache.getAll(List.of("key", "other"), missing -> {
                    caches.invalidateTag("result:old");
                    return Map.of("key", "old", "other", "x");
                }))
                .containsEntry("key", "old");
        assertThat(plain.getAll(List.of("key", "other"))).isEmpty();

        cache.put("key", "put");
        cache.putAll(Map.of("one", "put", "two", "kept"));
        caches.invalidateTag("result:put");
        assertThat(plain.getAll(List.of("key", "one", "two"))).isEqualTo(Map.of("two", "kept"));
    }

    /** Must never be made. */
    public static final class Gadget implements java.io.Serializable {

        private static final long serialVersionUID = 1L;
        static final AtomicInteger MADE = new AtomicInteger();

        public Gadget() {
            MADE.incrementAndGet();
        }

        private void readObject(java.io.ObjectInputStream in) {
            MADE.incrementAndGet();
        }
    }

    @Test
    void aHostilePayloadMakesNothing() {
        String name = Gadget.class.getName();
        EntryFormat format = new EntryFormat(Compression.NONE, 2_048, 64 << 20);
        RedisStateCache json = caches.getCache("hostile");
        RedisStateCache jdk = manager(settings -> settings.serializer(CacheSerializer.jdk(User.class.getName())))
                .getCache("hostile");
        json.put("warm", "warm");
        long version = json.getName().length() == 0 ? 0 : versionOf("hostile");
        long later = clock.millis() + 60_000;
        Entry named = new Entry(version, 0, later, later, 0, List.of(), false, name);
        Entry unnamed = new Entry(version, 0, later, later, 0, List.of(), false, null);
        String key = prefix + ":cache:hostile:{a}";

        set(key, format.write(named, KeySpace.bytes("{}")));
        assertThat(json.get("a")).isNull();
        set(key, format.write(unnamed, KeySpace.bytes("{\"@class\":\"" + name + "\"}")));
        assertThat(json.get("a", Object.class)).isInstanceOf(Map.class);
        set(key, format.write(unnamed, KeySpace.bytes("[\"" + name + "\",{}]")));
        assertThat(json.get("a", Object.class)).isInstanceOf(List.class);
        Gadget gadget = new Gadget();
        int made = Gadget.MADE.get();
        set(key, format.write(unnamed, CacheSerializer.jdk(name).write(gadget, Object.class)));
        assertThat(jdk.get("a")).isNull();
        assertThat(jdk.statistics().unreadable()).isOne();
        assertThat(Gadget.MADE).hasValue(made);
    }

    private long versionOf(String cache) {
        return Long.parseLong(String.valueOf(server.command("GET", prefix + ":cache-version:{" + cache + "}")));
    }

    private void set(String key, byte[] value) {
        try (RedisConnection connection = server.jedis().getConnection()) {
            connection.keyCommands().del(KeySpace.bytes(key));
            connection.stringCommands().set(KeySpace.bytes(key), value);
        }
    }

    @Test
    void everyKeyHasATimeToLiveOrIsOneOfACache() {
        RedisStateCache cache = caches.getCache("times").typed(String.class).tagged(List.of("tag"));
        cache.put("a", "a");
        cache.get("b", () -> "b");
        for (String key : server.keys(prefix)) {
            long ttl = Long.parseLong(String.valueOf(server.command("PTTL", key)));
            if (key.startsWith(prefix + ":cache-version:")) {
                assertThat(ttl).isEqualTo(-1);
            } else {
                assertThat(ttl).as(key).isPositive();
            }
        }
    }

    @Test
    void aLoaderThatAsksForItsOwnKeyDoesNotWaitForItself() {
        RedisStateCache cache = caches.getCache("recursive");
        assertThat(cache.get("a", () -> cache.get("a", () -> "inner") + " in outer"))
                .isEqualTo("inner in outer");
    }

    @Test
    void aCallerThatHasWaitedLongEnoughLoadsItselfOrFails() throws Exception {
        for (CacheSettings.OnLoadWait on : CacheSettings.OnLoadWait.values()) {
            UnaryOperator<CacheSettings.Builder> settings =
                    builder -> builder.loadWait(Duration.ofMillis(200)).onLoadWait(on);
            RedisStateCache one = manager(settings).getCache("slow-" + on);
            RedisStateCache two = manager(settings).getCache("slow-" + on);
            CountDownLatch loading = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            CompletableFuture<String> slow = CompletableFuture.supplyAsync(() -> one.get("a", () -> {
                loading.countDown();
                go.await();
                return "slow";
            }));
            loading.await();
            for (RedisStateCache waiting : List.of(one, two)) {
                if (on == CacheSettings.OnLoadWait.LOAD) {
                    assertThat(waiting.get("a", () -> "own")).isEqualTo("own");
                } else {
                    assertThatExceptionOfType(Cache.ValueRetrievalException.class)
                            .isThrownBy(() -> waiting.get("a", () -> "own"))
                            .withCauseInstanceOf(CacheLoadException.class)
                            .havingCause()
                            .withMessageContaining("load-wait");
                }
            }
            go.countDown();
            assertThat(slow.get(10, TimeUnit.SECONDS)).isEqualTo("slow");
            assertThat(one.get("a", String.class)).isEqualTo("slow");
        }
    }

    @Test
    void anUnknownCacheIsAnErrorThatListsTheKnown() {
        try (RedisStateCacheManager fixed = RedisStateCacheManager.builder(server.jedis())
                .cache("users", CacheSettings.defaults())
                .cache("orders", CacheSettings.defaults())
                .dynamic(false)
                .build()) {
            assertThat(fixed.getCacheNames()).containsExactly("orders", "users");
            assertThatExceptionOfType(UnknownCacheException.class)
                    .isThrownBy(() -> fixed.getCache("user"))
                    .withMessageContaining("'user'")
                    .withMessageContaining("[orders, users]");
        }
    }

    @Test
    void nothingIsLeftOfLoads() {
        RedisStateCache cache = caches.getCache("left");
        for (int i = 0; i < 100; i++) {
            cache.get("key" + i, () -> "value");
        }
        assertThat(cache.footprint()).isZero();
        assertThat(server.keys(prefix)).noneMatch(key -> key.endsWith(":load"));
    }
}
