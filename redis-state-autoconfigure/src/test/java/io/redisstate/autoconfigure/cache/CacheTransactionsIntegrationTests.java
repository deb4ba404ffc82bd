package io.redisstate.autoconfigure.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.cache.CacheTags;
import io.redisstate.cache.CacheableAll;
import io.redisstate.cache.RedisStateCache;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.cache.write.CacheWriter;
import io.redisstate.cache.write.WriteBehind;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What is changed in a database's transactions: nothing after a rollback, all after the commit. */
@RedisTest
class CacheTransactionsIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final List<String> NAMES = List.of("one", "two", "three");
    private static final Map<String, Object> BEFORE = Map.of("one", "old", "two", "old");

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RedisStateAutoConfiguration.class, CacheAutoConfiguration.class))
            .withPropertyValues(
                    "redis-state.key-prefix=" + RedisServer.shared().uniquePrefix(),
                    "redis-state.cache.caches.goods.type=java.lang.String",
                    "redis-state.cache.caches.views.write-behind.enabled=true",
                    "redis-state.cache.caches.views.write-behind.delay=0s")
            .withUserConfiguration(Application.class);

    /** What is cached. */
    static class Shop {

        private final List<List<String>> loads = new CopyOnWriteArrayList<>();

        public List<List<String>> loads() {
            return loads;
        }

        @CachePut(cacheNames = "goods", key = "#name")
        @CacheTags("'tag'")
        public String save(String name, String value) {
            return value;
        }

        @CacheEvict("goods")
        public void delete(String name) {
            loads.remove(List.of(name));
        }

        @CacheEvict(cacheNames = "goods", allEntries = true)
        public void deleteAll() {
            loads.clear();
        }

        @CacheableAll("goods")
        public Map<String, String> all(Collection<String> names) {
            loads.add(List.copyOf(names));
            Map<String, String> found = new HashMap<>();
            names.forEach(name -> found.put(name, "loaded"));
            return found;
        }
    }

    /** All there is. */
    private record Parts(RedisStateCacheManager caches, Shop shop, Database database, TransactionTemplate transaction) {

        RedisStateCache goods() {
            return caches.getCache("goods");
        }

        /** What others see. */
        Map<String, Object> seen(String cache) {
            return CompletableFuture.supplyAsync(
                            () -> new HashMap<>(caches.getCache(cache).<String>getAll(NAMES)))
                    .join();
        }

        void put() {
            goods().clear();
            goods().put("one", "old", List.of("tag"));
            goods().put("two", "old");
        }
    }

    /** A change, and what is there after it. */
    private record Change(String name, BiConsumer<Parts, RedisStateCache> change, Map<String, Object> after) {}

    private static final List<Change> CHANGES = List.of(
            new Change("put", (parts, goods) -> goods.put("one", "new"), Map.of("one", "new", "two", "old")),
            new Change(
                    "tagged put",
                    (parts, goods) -> goods.put("three", "new", List.of("tag")),
                    Map.of("one", "old", "two", "old", "three", "new")),
            new Change(
                    "putAll",
                    (parts, goods) -> goods.putAll(Map.of("one", "new", "three", "new")),
                    Map.of("one", "new", "two", "old", "three", "new")),
            new Change("evict", (parts, goods) -> goods.evict("one"), Map.of("two", "old")),
            new Change("delete", (parts, goods) -> goods.delete("one"), Map.of("two", "old")),
            new Change("deleteAll", (parts, goods) -> goods.deleteAll(List.of("one", "two")), Map.of()),
            new Change("clear", (parts, goods) -> goods.clear(), Map.of()),
            new Change("resetCaches", (parts, goods) -> parts.caches().resetCaches(), Map.of()),
            new Change("tag", (parts, goods) -> parts.caches().invalidateTag("tag"), Map.of("two", "old")),
            new Change("tag of a cache", (parts, goods) -> goods.invalidateTag("tag"), Map.of("two", "old")),
            new Change(
                    "@CachePut", (parts, goods) -> parts.shop().save("one", "new"), Map.of("one", "new", "two", "old")),
            new Change("@CacheEvict", (parts, goods) -> parts.shop().delete("one"), Map.of("two", "old")),
            new Change("@CacheEvict(allEntries)", (parts, goods) -> parts.shop().deleteAll(), Map.of()));

    private void run(java.util.function.Consumer<Parts> test) {
        runner.run(context -> test.accept(new Parts(
                context.getBean(RedisStateCacheManager.class),
                context.getBean(Shop.class),
                context.getBean(Database.class),
                new TransactionTemplate(context.getBean(PlatformTransactionManager.class)))));
    }

    @Test
    void afterARollbackNothingIsChangedAndAfterACommitAllIs() {
        run(parts -> {
            for (Change change : CHANGES) {
                parts.put();
                parts.transaction().executeWithoutResult(status -> {
                    change.change().accept(parts, parts.goods());
                    assertThat(parts.seen("goods"))
                            .as("%s, before", change.name())
                            .isEqualTo(BEFORE);
                    status.setRollbackOnly();
                });
                assertThat(parts.seen("goods"))
                        .as("%s, rolled back", change.name())
                        .isEqualTo(BEFORE);

                parts.transaction().executeWithoutResult(status -> {
                    change.change().accept(parts, parts.goods());
                    assertThat(parts.seen("goods"))
                            .as("%s, uncommitted", change.name())
                            .isEqualTo(BEFORE);
                });
                assertThat(parts.seen("goods"))
                        .as("%s, committed", change.name())
                        .isEqualTo(change.after());
            }
        });
    }

    @Test
    void tagsGoWithAPutThatIsMadeLater() {
        run(parts -> {
            parts.put();
            parts.transaction().executeWithoutResult(status -> parts.shop().save("two", "new"));
            parts.caches().invalidateTag("tag");
            assertThat(parts.seen("goods")).isEmpty();
        });
    }

    @Test
    void aTransactionNeitherReadsNorFillsWhatItHasChanged() {
        for (boolean committed : new boolean[] {false, true}) {
            run(parts -> {
                parts.put();
                parts.transaction().executeWithoutResult(status -> {
                    parts.goods().put("one", "new");
                    assertThat(parts.goods().get("one")).isNull();
                    assertThat(parts.goods().get("one", () -> "loaded")).isEqualTo("loaded");
                    assertThat(parts.shop().all(List.of("one", "two")))
                            .isEqualTo(Map.of("one", "loaded", "two", "old"));
                    assertThat(parts.goods().getAll(NAMES)).isEqualTo(Map.of("two", "old"));
                    if (!committed) {
                        status.setRollbackOnly();
                    }
                });
                assertThat(parts.shop().loads()).containsExactly(List.of("one"));
                assertThat(parts.seen("goods")).isEqualTo(Map.of("one", committed ? "new" : "old", "two", "old"));
            });
        }
    }

    @Test
    void whatSaysSoActsAtOnce() {
        run(parts -> {
            parts.put();
            parts.transaction().executeWithoutResult(status -> {
                parts.goods().putIfAbsent("three", "new");
                parts.goods().evictIfPresent("one");
                assertThat(parts.seen("goods")).isEqualTo(Map.of("two", "old", "three", "new"));
                parts.goods().invalidate();
                assertThat(parts.seen("goods")).isEmpty();
                status.setRollbackOnly();
            });
            assertThat(parts.seen("goods")).isEmpty();
        });
    }

    @Test
    void aWriteThroughIsPartOfTheTransaction() {
        run(parts -> {
            RedisStateCache stock = parts.caches().getCache("stock");
            stock.putAll(Map.of("one", 1, "two", 1));
            parts.transaction().executeWithoutResult(status -> {
                stock.putAll(Map.of("one", 2, "three", 2));
                stock.delete("two");
                // The transaction sees what it has written, others do not.
                assertThat(parts.database().rows("stock")).isEqualTo(Map.of("one", 2, "three", 2));
                assertThat(stock.get("one", () -> parts.database().rows("stock").get("one")))
                        .isEqualTo(2);
                assertThat(parts.seen("stock")).isEqualTo(Map.of("one", 1, "two", 1));
                status.setRollbackOnly();
            });
            assertThat(parts.database().rows("stock")).isEqualTo(Map.of("one", 1, "two", 1));
            assertThat(parts.seen("stock")).isEqualTo(Map.of("one", 1, "two", 1));

            parts.transaction().executeWithoutResult(status -> {
                stock.putAll(Map.of("one", 2, "three", 2));
                stock.delete("two");
                assertThat(parts.seen("stock")).isEqualTo(Map.of("one", 1, "two", 1));
            });
            assertThat(parts.database().rows("stock")).isEqualTo(Map.of("one", 2, "three", 2));
            // Nobody knows in which order the database took them: the next reader loads.
            assertThat(parts.seen("stock")).isEmpty();
        });
    }

    @Test
    void aWriteBehindIsQueuedAfterTheCommitOnly() {
        run(parts -> {
            RedisStateCache views = parts.caches().getCache("views");
            WriteBehind writes = views.writeBehind().orElseThrow();
            views.putAll(Map.of("one", 1, "two", 1));
            await().atMost(LIMIT)
                    .until(() -> parts.database().rows("views").equals(Map.of("one", 1, "two", 1))
                            && writes.statistics().pending() == 0);
            parts.transaction().executeWithoutResult(status -> {
                views.putAll(Map.of("one", 2, "three", 2));
                views.delete("two");
                assertThat(parts.seen("views")).isEqualTo(Map.of("one", 1, "two", 1));
                status.setRollbackOnly();
            });
            assertThat(parts.seen("views")).isEqualTo(Map.of("one", 1, "two", 1));
            // Had it been queued before this one, it would have been written before.
            views.put("last", 3);
            await().atMost(LIMIT).until(() -> parts.database().rows("views").containsKey("last"));
            assertThat(parts.database().rows("views")).isEqualTo(Map.of("one", 1, "two", 1, "last", 3));

            parts.transaction().executeWithoutResult(status -> {
                views.putAll(Map.of("one", 2, "three", 2));
                views.delete("two");
                assertThat(parts.seen("views")).isEqualTo(Map.of("one", 1, "two", 1));
            });
            Map<String, Object> seen = parts.seen("views");
            assertThat(seen).containsEntry("one", 2).containsEntry("three", 2).containsEntry("two", null);
            await().atMost(LIMIT)
                    .until(() -> parts.database().rows("views").equals(Map.of("one", 2, "three", 2, "last", 3)));
        });
    }

    /** Tables of names and numbers. */
    static class Database {

        private final JdbcTemplate jdbc;

        Database(DataSource source) {
            this.jdbc = new JdbcTemplate(source);
            for (String table : List.of("stock", "views")) {
                jdbc.execute("create table " + table + " (name varchar primary key, number int)");
            }
        }

        Map<String, Integer> rows(String table) {
            Map<String, Integer> rows = new HashMap<>();
            jdbc.query("select name, number from " + table, row -> {
                rows.put(row.getString(1), row.getInt(2));
            });
            return rows;
        }
    }

    /** Writes a cache of its table's name. */
    record Table(String cache, Database database) implements CacheWriter<String, Integer> {

        @Override
        public void writeAll(Map<String, Integer> values) throws DataAccessException {
            values.forEach((name, number) ->
                    database.jdbc.update("merge into " + cache + " key (name) values (?, ?)", name, number));
        }

        @Override
        public void deleteAll(Collection<String> names) throws DataAccessException {
            names.forEach(name -> database.jdbc.update("delete from " + cache + " where name = ?", name));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Application {

        @Bean
        RedisConnectionFactory connections() {
            return RedisServer.shared().newJedis();
        }

        @Bean
        DataSource source() {
            return new DriverManagerDataSource("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        }

        @Bean
        PlatformTransactionManager transactions(DataSource source) {
            return new JdbcTransactionManager(source);
        }

        @Bean
        Database database(DataSource source) {
            return new Database(source);
        }

        @Bean
        Table stock(Database database) {
            return new Table("stock", database);
        }

        @Bean
        Table views(Database database) {
            return new Table("views", database);
        }

        @Bean
        Shop shop() {
            return new Shop();
        }
    }
}
