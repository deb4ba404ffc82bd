package io.redisstate.cache;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.WriteBehindSettings;
import io.redisstate.cache.write.CacheWriter;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;

/**
 * What the processes of the write-behind tests run: {@code <redis> <prefix> <jdbc> <acknowledgements> <puts>}. Puts, from
 * where the file says that the process before was, with some threads that each have keys of their own; then it goes on
 * writing until it is killed.
 */
final class WriteBehindProcess {

    static final int THREADS = 4;
    static final int KEYS_OF_THREAD = 250;

    private WriteBehindProcess() {}

    /** A table with the value of each key, and how often one was replaced by an earlier one. */
    record Table(String jdbc) implements CacheWriter<Long, Long> {

        @Override
        public String cache() {
            return "views";
        }

        void create() throws SQLException {
            try (Connection connection = DriverManager.getConnection(jdbc);
                    Statement statement = connection.createStatement()) {
                statement.execute("create table views (id bigint primary key, amount bigint, regressions int)");
                statement.execute("insert into views select x, -1, 0 from system_range(0, "
                        + (THREADS * KEYS_OF_THREAD - 1) + ")");
            }
        }

        @Override
        public void writeAll(Map<Long, Long> values) throws SQLException {
            try (Connection connection = DriverManager.getConnection(jdbc);
                    PreparedStatement update = connection.prepareStatement("update views set"
                            + " regressions = regressions + case when amount > ? then 1 else 0 end, amount = ?"
                            + " where id = ?")) {
                connection.setAutoCommit(false);
                for (Map.Entry<Long, Long> value : values.entrySet()) {
                    update.setLong(1, value.getValue());
                    update.setLong(2, value.getValue());
                    update.setLong(3, value.getKey());
                    update.addBatch();
                }
                update.executeBatch();
                connection.commit();
            }
        }

        @Override
        public void deleteAll(Collection<Long> keys) {
            throw new UnsupportedOperationException();
        }

        Map<Long, Long> rows() throws SQLException {
            return read("select id, amount from views");
        }

        Map<Long, Long> regressions() throws SQLException {
            return read("select id, regressions from views where regressions > 0");
        }

        private Map<Long, Long> read(String query) throws SQLException {
            Map<Long, Long> rows = new HashMap<>();
            try (Connection connection = DriverManager.getConnection(jdbc);
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(query)) {
                while (row.next()) {
                    rows.put(row.getLong(1), row.getLong(2));
                }
            }
            return rows;
        }
    }

    /** How many puts of each thread were acknowledged; outlives a killed process. */
    static MappedByteBuffer acknowledged(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, 8L * THREADS);
        }
    }

    static long key(int thread, long put) {
        return (long) thread * KEYS_OF_THREAD + put * 7 % KEYS_OF_THREAD;
    }

    public static void main(String[] arguments) throws Exception {
        WriteBehindSettings behind = WriteBehindSettings.builder()
                .delay(Duration.ofMillis(200))
                .lease(Duration.ofSeconds(1))
                .build();
        RedisStateCacheManager caches = CacheProcess.builder(arguments[0], arguments[1])
                .cache(
                        "views",
                        CacheSettings.builder()
                                .earlyRefreshBeta(0)
                                .writeBehind(behind)
                                .build())
                .writer(new Table(arguments[2]))
                .build();
        caches.start();
        MappedByteBuffer acknowledged = acknowledged(Path.of(arguments[3]));
        long puts = Long.parseLong(arguments[4]);
        RedisStateCache cache = caches.getCache("views");
        List<FutureTask<Boolean>> tasks = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            int own = thread;
            tasks.add(new FutureTask<>(
                    () -> {
                        for (long put = acknowledged.getLong(8 * own); put < puts; put++) {
                            cache.put(key(own, put), put);
                            acknowledged.putLong(8 * own, put + 1);
                        }
                    },
                    true));
        }
        tasks.forEach(task -> new Thread(task).start());
        System.out.println("running");
        for (FutureTask<Boolean> task : tasks) {
            task.get();
        }
        System.out.println("done");
        new CountDownLatch(1).await();
    }
}
