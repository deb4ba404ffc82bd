package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.NearSettings;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisSentinels;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import io.redisstate.test.ThrowingRunnable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.ClusterSlotHashUtil;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * While changes are not heard the near cache is bypassed, and nothing of before is given afterwards. Another process writes
 * rising numbers meanwhile; the tracker is kept away by the server's refusal of {@code CLIENT TRACKING} until a test lets it.
 */
@RedisTest
class NearCacheOutagesIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final String PREFIX = "outages";
    private static final String KEY = "key";
    private static final String RAW = PREFIX + ":cache:a:{key}";
    private static final int READS = 20;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size(); i-- > 0; ) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.add(resource);
        return resource;
    }

    private RedisStateCacheManager manager(RedisConnectionFactory connections) {
        return opened(RedisStateCacheManager.builder(connections)
                .keyPrefix(PREFIX)
                .defaults(CacheSettings.builder()
                        .type(String.class)
                        .earlyRefreshBeta(0)
                        .near(NearSettings.DEFAULT)
                        .build())
                .build());
    }

    private static void allowTracking(RedisServer server, boolean allowed) {
        server.command("ACL", "SETUSER", "default", (allowed ? "+" : "-") + "client|tracking");
    }

    /** A process that reads, another that writes, and what the first must never see. */
    private static final class Watch {

        private final RedisStateCacheManager reading;
        private final RedisStateCache here;
        private final RedisStateCache there;
        private final AtomicInteger written = new AtomicInteger();
        private final List<String> faults = new ArrayList<>();

        /** While the tracker is let back, there is a moment in which what is heard is not yet said to be. */
        private volatile boolean refused = true;

        /** What had been written at a time when changes were not heard: no later read may give less. */
        private int atLeast;

        private int latest;
        private int unheard;

        Watch(RedisStateCacheManager reading, RedisStateCacheManager writing) {
            this.reading = reading;
            this.here = reading.getCache("a");
            this.there = writing.getCache("a");
        }

        /** Writes the next number, until Redis has it. */
        void write() {
            String next = String.valueOf(written.get() + 1);
            await().atMost(LIMIT).ignoreExceptions().until(() -> {
                there.put(KEY, next);
                return Objects.equals(there.get(KEY, String.class), next);
            });
            written.incrementAndGet();
        }

        /** One read; for one thread at a time. */
        @Nullable
        String read() {
            boolean heard = reading.isTracking();
            atLeast = heard ? atLeast : Math.max(atLeast, written.get());
            long hits = here.statistics().nearHits();
            String value = here.get(KEY, String.class);
            boolean near = here.statistics().nearHits() > hits;
            // It can't have been heard in between: what is near then has been read by an earlier call.
            if (!heard && !reading.isTracking()) {
                unheard++;
                if (near && refused) {
                    faults.add(value + " was near while changes were not heard");
                }
            }
            if (value != null) {
                int number = Integer.parseInt(value);
                if (number < atLeast || number < latest) {
                    faults.add((near ? "near " : "") + number + " was given after " + Math.max(atLeast, latest));
                }
                latest = Math.max(latest, number);
            }
            return value;
        }

        /** Reads all the time while something happens. */
        void during(ThrowingRunnable happening) throws Exception {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            Thread reader = new Thread(() -> {
                try {
                    do {
                        read();
                        begun.countDown();
                    } while (!end.await(50, TimeUnit.MICROSECONDS));
                } catch (InterruptedException | RuntimeException ex) {
                    faults.add(ex.toString());
                }
            });
            reader.start();
            try {
                assertThat(begun.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
                happening.run();
            } finally {
                end.countDown();
                reader.join(LIMIT.toMillis());
            }
            assertFaultless();
        }

        /** The tracker comes back, in the middle of reads and writes. */
        void letBack(RedisServer server) throws Exception {
            refused = false;
            during(() -> {
                allowTracking(server, true);
                write();
                await().atMost(LIMIT).until(reading::isTracking);
                write();
            });
            awaitNear();
            refused = true;
        }

        void assertFaultless() {
            assertThat(faults).isEmpty();
        }

        void awaitNear() {
            await().atMost(LIMIT).pollInterval(Duration.ofMillis(5)).until(() -> {
                long hits = here.statistics().nearHits();
                return Objects.equals(read(), String.valueOf(written.get()))
                        && here.statistics().nearHits() > hits
                        && reading.isTracking();
            });
            assertFaultless();
        }

        /** Each read asks the server, and gives what was written last; how often the server was asked. */
        CommandCount assertBypassed(RedisServer server) throws Exception {
            write();
            String last = String.valueOf(written.get());
            // Connections of before may be broken.
            await().atMost(LIMIT).until(() -> Objects.equals(read(), last));
            int before = unheard;
            long hits = here.statistics().nearHits();
            CommandCount count = server.count(() -> {
                for (int read = 0; read < READS; ) {
                    read += Objects.equals(read(), last) ? 1 : 0;
                }
            });
            assertThat(unheard - before).isGreaterThanOrEqualTo(READS);
            assertThat(here.statistics().nearHits()).isEqualTo(hits);
            assertThat(count.of("get")).isGreaterThanOrEqualTo(READS);
            assertFaultless();
            return count;
        }
    }

    private Watch watch(RedisConnectionFactory reading, RedisConnectionFactory writing) {
        Watch watch = new Watch(manager(reading), manager(writing));
        watch.write();
        watch.awaitNear();
        return watch;
    }

    private static RedisConnectionFactory connections(RedisServer server, String client) {
        return client.equals("jedis") ? server.jedis() : server.lettuce();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void aKilledTracker(String client) throws Exception {
        RedisServer server = opened(RedisServer.start());
        Watch watch = watch(connections(server, client), server.jedis());
        for (int i = 0; i < 3; i++) {
            watch.awaitNear();
            allowTracking(server, false);
            watch.during(() -> {
                server.command("CLIENT", "KILL", "TYPE", "pubsub");
                server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
                await().atMost(LIMIT).until(() -> !watch.reading.isTracking());
                watch.write();
            });
            for (int write = 0; write < 3; write++) {
                // The entry, and the version along with it.
                assertThat(watch.assertBypassed(server).of("get")).isBetween((long) READS, 2L * READS + 5);
            }
            watch.letBack(server);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void aRestartedServer(String client) throws Exception {
        RedisServer server = opened(RedisServer.start(
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
                "--user",
                "default",
                "on",
                "nopass",
                "~*",
                "&*",
                "+@all",
                "-client|tracking"));
        allowTracking(server, true);
        Watch watch = watch(connections(server, client), server.jedis());
        watch.during(() -> {
            server.kill();
            await().atMost(LIMIT).pollInterval(Duration.ofMillis(5)).until(() -> !watch.reading.isTracking());
        });
        if (client.equals("jedis")) {
            // Lettuce waits the longer for a server the longer it is away.
            long hits = watch.here.statistics().nearHits();
            for (int i = 0; i < 5; i++) {
                String loaded = "loaded " + i;
                assertThat(watch.here.get(KEY, () -> loaded)).isEqualTo(loaded);
            }
            assertThat(watch.here.statistics().nearHits()).isEqualTo(hits);
        }
        // From now on the refusal of its options holds again.
        watch.during(server::restart);
        watch.assertBypassed(server);
        watch.assertBypassed(server);
        watch.letBack(server);
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void anotherPrimary(String client) throws Exception {
        RedisSentinels sentinels = opened(RedisSentinels.start());
        Watch watch = watch(client.equals("jedis") ? sentinels.jedis() : sentinels.lettuce(), sentinels.jedis());
        sentinels.awaitReplicated();
        sentinels.replicas().forEach(replica -> allowTracking(replica, false));
        watch.during(sentinels::failOver);
        RedisServer primary = sentinels.patient().primary();
        watch.assertBypassed(primary);
        watch.assertBypassed(primary);
        watch.letBack(primary);
    }

    @Test
    void aMovedSlotAndAFailedPrimaryOfACluster() throws Exception {
        RedisCluster cluster = opened(RedisCluster.start());
        Watch watch = watch(cluster.jedis(), cluster.jedis());
        for (int i = 0; i < 2; i++) {
            watch.during(() -> {
                move(cluster);
                // All primaries tell, so nothing was missed.
                assertThat(watch.reading.isTracking()).isTrue();
                watch.write();
                watch.write();
            });
            watch.awaitNear();
        }

        RedisServer replica = cluster.awaitReplicated(RAW);
        allowTracking(replica, false);
        watch.during(() -> cluster.failOver(RAW));
        assertThat(cluster.nodeOf(RAW)).isSameAs(replica);
        watch.assertBypassed(replica);
        watch.letBack(replica);
    }

    /** Moves the key's slot, with what is in it, to another primary. */
    private static void move(RedisCluster cluster) {
        String slot = Integer.toString(ClusterSlotHashUtil.calculateSlot(RAW));
        RedisServer from = cluster.nodeOf(RAW);
        RedisServer to = cluster.nodes().subList(0, 3).stream()
                .filter(node -> node.port() != from.port())
                .findFirst()
                .orElseThrow();
        String fromId = String.valueOf(from.command("CLUSTER", "MYID"));
        String toId = String.valueOf(to.command("CLUSTER", "MYID"));
        to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", fromId);
        from.command("CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
        Object keys = from.command("CLUSTER", "GETKEYSINSLOT", slot, "100");
        for (Object one : keys instanceof List<?> list ? list : List.of()) {
            from.command("MIGRATE", to.host(), Integer.toString(to.port()), String.valueOf(one), "0", "5000");
        }
        to.command("CLUSTER", "SETSLOT", slot, "NODE", toId);
        from.command("CLUSTER", "SETSLOT", slot, "NODE", toId);
    }
}
