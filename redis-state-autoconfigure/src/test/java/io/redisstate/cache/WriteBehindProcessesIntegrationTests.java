package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.cache.WriteBehindProcess.Table;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.h2.tools.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Write-behind among several JVMs that are killed. */
@RedisTest
class WriteBehindProcessesIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final long PUTS = 100_000;
    private static final long PUTS_OF_THREAD = PUTS / WriteBehindProcess.THREADS;

    @Test
    void noAcknowledgedWriteIsLostWhenProcessesAreKilled(RedisServer redis, @TempDir Path directory) throws Exception {
        String prefix = redis.uniquePrefix();
        Path file = directory.resolve("acknowledged");
        MappedByteBuffer acknowledged = WriteBehindProcess.acknowledged(file);
        Server database =
                Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();
        String jdbc = "jdbc:h2:tcp://localhost:" + database.getPort() + "/mem:" + prefix + ";DB_CLOSE_DELAY=-1";
        Table table = new Table(jdbc);
        table.create();
        String[] putting = {redis.url(), prefix, jdbc, file.toString(), "" + PUTS_OF_THREAD};
        String[] writingOnly = {redis.url(), prefix, jdbc, file.toString(), "0"};
        JavaProcess putter = JavaProcess.start(WriteBehindProcess.class, putting);
        JavaProcess other = JavaProcess.start(WriteBehindProcess.class, writingOnly);
        try {
            other.awaitLine("running", LIMIT);
            kill(putter, acknowledged, 20_000);
            putter = JavaProcess.start(WriteBehindProcess.class, putting);
            checkAcknowledged(redis, prefix, table, acknowledged);
            kill(other, acknowledged, 45_000);
            other = JavaProcess.start(WriteBehindProcess.class, writingOnly);
            kill(putter, acknowledged, 70_000);
            putter = JavaProcess.start(WriteBehindProcess.class, putting);
            putter.awaitLine("done", LIMIT);

            Map<Long, Long> expected = new HashMap<>();
            for (int thread = 0; thread < WriteBehindProcess.THREADS; thread++) {
                for (long put = 0; put < PUTS_OF_THREAD; put++) {
                    expected.put(WriteBehindProcess.key(thread, put), put);
                }
            }
            await().atMost(LIMIT).until(() -> table.rows().equals(expected));
            assertThat(table.regressions()).isEmpty();
            await().atMost(LIMIT).until(() -> redis.keys(prefix + ":cache:{views}:writes:pending")
                    .isEmpty());
        } finally {
            putter.close();
            other.close();
            database.stop();
        }
    }

    private static void kill(JavaProcess process, MappedByteBuffer acknowledged, long after) {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(10)).until(() -> total(acknowledged) >= after);
        process.kill();
        assertThat(total(acknowledged)).as("killed in the middle").isLessThan(PUTS);
    }

    private static long total(MappedByteBuffer acknowledged) {
        long total = 0;
        for (int thread = 0; thread < WriteBehindProcess.THREADS; thread++) {
            total += acknowledged.getLong(8 * thread);
        }
        return total;
    }

    /** Each write that was acknowledged is in the database or still to be written. */
    private static void checkAcknowledged(RedisServer redis, String prefix, Table table, MappedByteBuffer acknowledged)
            throws SQLException {
        Map<Long, Long> last = new HashMap<>();
        for (int thread = 0; thread < WriteBehindProcess.THREADS; thread++) {
            long puts = acknowledged.getLong(8 * thread);
            for (long put = Math.max(0, puts - 200); put < puts; put++) {
                last.put(WriteBehindProcess.key(thread, put), put);
            }
        }
        try (RedisStateCacheManager caches = CacheProcess.builder(redis.url(), prefix)
                .cache(
                        "views",
                        CacheSettings.builder()
                                .writeBehind(io.redisstate.cache.setting.WriteBehindSettings.DEFAULT)
                                .build())
                .writer(table)
                .build()) {
            RedisStateCache cache = caches.getCache("views");
            for (Map.Entry<Long, Long> write : last.entrySet()) {
                // Not the entry, which need not be there: what is queued, or else the database's.
                cache.evict(write.getKey());
                Long found = cache.get(write.getKey(), () -> table.rows().get(write.getKey()));
                assertThat(found).isGreaterThanOrEqualTo(write.getValue());
            }
        }
    }
}
