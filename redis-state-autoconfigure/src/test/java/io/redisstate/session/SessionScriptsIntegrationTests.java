package io.redisstate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;

/** Each script by itself. */
@RedisTest
class SessionScriptsIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String root = redis.uniquePrefix();
    private final String key = root + ":{k}";
    private final String other = root + ":{k}:other";

    private long number(String script, List<String> keys, Object... arguments) {
        return ConnectionGuard.of(redis.jedis())
                .execute(Script.load(SessionStore.class, script, Reply.LONG).call(keys, arguments));
    }

    /** The reply's elements as text. */
    private List<String> list(String script, List<String> keys, Object... arguments) {
        Script<List<Object>> loaded = loaded(script);
        List<String> texts = new ArrayList<>();
        for (Object element : ConnectionGuard.of(redis.jedis()).execute(loaded.call(keys, arguments))) {
            texts.add(String.valueOf(Reply.text(element)));
        }
        return texts;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Script<List<Object>> loaded(String script) {
        return (Script) Script.load(SessionStore.class, script, Reply.LIST);
    }

    @Test
    void saveWritesAndRemovesFieldsOfASessionThatThereIs() {
        redis.command("HSET", key, "creationTime", "1", "a", "1", "b", "2");

        assertThat(number("save", List.of(key), 0, 4, "creationTime", "1", "a", "9", "b"))
                .isEqualTo(1);
        assertThat(redis.command("HGETALL", key)).isEqualTo(List.of("creationTime", "1", "a", "9"));
        assertThat(redis.command("PTTL", key)).isEqualTo(-1L);
        assertThat(number("save", List.of(key), 5_000, 2, "creationTime", "1")).isEqualTo(1);
        assertThat((Long) redis.command("PTTL", key)).isBetween(1L, 5_000L);
    }

    @Test
    void saveLeavesNothingOfASessionThatIsGone() {
        assertThat(number("save", List.of(key), 5_000, 4, "creationTime", "1", "a", "9"))
                .isZero();
        assertThat(redis.command("EXISTS", key)).isEqualTo(0L);
    }

    @Test
    void moveRenamesAndWritesOnce() {
        redis.command("HSET", key, "creationTime", "1", "a", "1", "b", "2");

        assertThat(number("move", List.of(key, other), 5_000, 4, "creationTime", "1", "a", "9", "b"))
                .isEqualTo(1);
        assertThat(redis.command("HGETALL", other)).isEqualTo(List.of("creationTime", "1", "a", "9"));
        assertThat((Long) redis.command("PTTL", other)).isPositive();
        assertThat(number("move", List.of(key, other), 5_000, 2, "creationTime", "1"))
                .isZero();
        assertThat(redis.command("EXISTS", key)).isEqualTo(0L);
    }

    @Test
    void moveDoesNothingOnAServerWithoutMemory() {
        try (RedisServer full = RedisServer.start("--maxmemory-policy", "noeviction")) {
            full.command("HSET", key, "creationTime", "1", "a", "1");
            full.command("CONFIG", "SET", "maxmemory", "1");

            assertThatExceptionOfType(DataAccessException.class)
                    .isThrownBy(() -> ConnectionGuard.of(full.jedis())
                            .execute(Script.load(SessionStore.class, "move", Reply.LONG)
                                    .call(List.of(key, other), 5_000, 4, "creationTime", "1", "a", "9")))
                    .withStackTraceContaining("OOM");

            assertThat(full.command("HGETALL", key)).isEqualTo(List.of("creationTime", "1", "a", "1"));
            assertThat(full.command("EXISTS", other)).isEqualTo(0L);
        }
    }

    @Test
    void importWritesOnlyWhereThereIsNothing() {
        assertThat(number("import", List.of(key), 5_000, 2, "a", "1")).isEqualTo(1);
        assertThat(number("import", List.of(key), 5_000, 2, "a", "2")).isZero();
        assertThat(redis.command("HGET", key, "a")).isEqualTo("1");
        assertThat((Long) redis.command("PTTL", key)).isPositive();
    }

    @Test
    void takeTellsOneCallerOnly() {
        redis.command("HSET", key, "a", "1");
        assertThat(list("take", List.of(key))).containsExactly("a", "1");
        assertThat(list("take", List.of(key))).isEmpty();
    }

    @Test
    void expireTakesWhatIsDueAndTellsHowLongTheRestHas() {
        redis.command("HSET", key, "a", "1");
        redis.command("PEXPIRE", key, "100000");
        assertThat(list("expire", List.of(key), 10_000)).hasSize(1).first().satisfies(left -> assertThat(
                        Long.parseLong(left))
                .isBetween(80_000L, 90_000L));
        assertThat(list("expire", List.of(key), 120_000)).containsExactly("a", "1");
        assertThat(list("expire", List.of(key), 120_000)).isEmpty();
        // A write that was cut off left no TTL.
        redis.command("HSET", key, "a", "1");
        assertThat(list("expire", List.of(key), 10_000)).containsExactly("a", "1");
    }

    @Test
    void dueGivesWhatIsDueToOneInstance() {
        redis.command("ZADD", key, "1000", "old", "2000", "older", "9999999999999", "young");
        List<String> due = list("due", List.of(key, other), "one", 5_000, 10, 100_000);
        assertThat((Long) redis.command("PEXPIRETIME", key)).isEqualTo(9_999_999_999_999L + 100_000);
        assertThat(due.subList(1, due.size())).containsExactly("old", "1000", "older", "2000");
        assertThat(Math.abs(Long.parseLong(due.get(0)) - System.currentTimeMillis()))
                .isLessThan(60_000);
        assertThat(list("due", List.of(key, other), "two", 5_000, 10, 0)).isEmpty();
        assertThat(list("due", List.of(key, other), "one", 5_000, 1, 0)).hasSize(3);
        assertThat((Long) redis.command("PTTL", other)).isBetween(1L, 5_000L);
    }

    @Test
    void admitCountsEachSessionOnce() {
        assertThat(number("admit", List.of(key), "a", 1, 2)).isEqualTo(1);
        assertThat(number("admit", List.of(key), "a", 2, 2)).isEqualTo(1);
        assertThat(number("admit", List.of(key), "b", 3, 2)).isEqualTo(1);
        assertThat(number("admit", List.of(key), "c", 4, 2)).isZero();
        assertThat(redis.command("ZRANGE", key, "0", "-1", "WITHSCORES")).isEqualTo(List.of("a", "1", "b", "3"));
    }

    @Test
    void dueIsKeptThoughAllEndsLieInThePast() {
        redis.command("ZADD", key, "1000", "old");
        list("due", List.of(key, other), "one", 5_000, 10, 100_000);
        assertThat((Long) redis.command("PTTL", key)).isBetween(1L, 100_000L);
    }

    @Test
    void keepNeverShortens() {
        assertThat(number("keep", List.of(key), 5_000)).isZero();
        redis.command("ZADD", key, "1", "a");
        assertThat(number("keep", List.of(key), 50_000)).isEqualTo(1);
        assertThat(number("keep", List.of(key), 5_000)).isZero();
        assertThat((Long) redis.command("PTTL", key)).isBetween(5_001L, 50_000L);
        assertThat(number("keep", List.of(key), 100_000)).isEqualTo(1);
        assertThat((Long) redis.command("PTTL", key)).isBetween(50_001L, 100_000L);
    }

    @Test
    void recordActivityKeepsTheLatest() {
        for (int i = 1; i <= 4; i++) {
            assertThat(number("record-activity", List.of(key), "entry" + i, 3, 5_000))
                    .isEqualTo(Math.min(i, 3));
        }
        assertThat(redis.command("LRANGE", key, "0", "-1")).isEqualTo(List.of("entry4", "entry3", "entry2"));
        assertThat((Long) redis.command("PTTL", key)).isBetween(1L, 5_000L);
    }
}
