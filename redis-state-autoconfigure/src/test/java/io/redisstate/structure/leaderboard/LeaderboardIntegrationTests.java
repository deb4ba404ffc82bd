package io.redisstate.structure.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.KeySpace;
import io.redisstate.structure.Deployments;
import io.redisstate.structure.RedisStructures;
import io.redisstate.structure.leaderboard.LeaderboardOptions.Order;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class LeaderboardIntegrationTests {

    private static final LeaderboardOptions PLAIN = LeaderboardOptions.defaults();

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final RedisStructures structures =
            RedisStructures.builder(redis.jedis()).keyPrefix(prefix).build();

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void equalScoresShareARankAndStandInTheOrderTheyWereReached(Supplier<RedisConnectionFactory> factory) {
        Leaderboard board = Deployments.structures(factory).leaderboard("game", PLAIN.withDenseRanks(true));
        board.submit("zoe", 20);
        board.submit("adam", 20);
        board.submit("eve", 30);
        Submission last = board.submit("bob", 10);

        assertThat(board.top(4).stream().map(LeaderboardEntry::member)).containsExactly("eve", "zoe", "adam", "bob");
        assertThat(board.top(4).stream().map(LeaderboardEntry::rank)).containsExactly(1L, 2L, 2L, 4L);
        assertThat(last.entry()).hasValueSatisfying(bob -> {
            assertThat(bob.position()).isEqualTo(4);
            assertThat(bob.denseRank()).hasValue(3);
        });
        board.clear();
    }

    @Test
    void everyOperationIsOneRoundTrip() throws Exception {
        Leaderboard board = structures.leaderboard("cost", PLAIN);
        board.submit("a", 1);
        board.top(1);
        board.find("a");
        board.remove("b");
        assertThat(redis.count(() -> board.submit("a", 2)).of("evalsha")).isEqualTo(1);
        assertThat(redis.count(() -> board.page(0, 50)).of("evalsha")).isEqualTo(1);
        assertThat(redis.count(() -> board.around("a", 5, 5)).of("evalsha")).isEqualTo(1);
        assertThat(redis.count(() -> board.percentile("a")).of("evalsha")).isEqualTo(1);
        assertThat(redis.count(board::size).total()).isEqualTo(1);
        Map<String, Double> many = new LinkedHashMap<>();
        for (int i = 0; i < 2_500; i++) {
            many.put("m" + i, (double) i);
        }
        assertThat(redis.count(() -> board.submitAll(many)).of("evalsha")).isEqualTo(3);
        board.clear();
    }

    @Test
    void aMillionMembersAreNoMatter() {
        Leaderboard board = structures.leaderboard("million", PLAIN);
        Random random = new Random(7);
        double[] scores = new double[1_000_000];
        Map<String, Double> piece = new LinkedHashMap<>();
        for (int i = 0; i < scores.length; i++) {
            scores[i] = random.nextInt(1_000_000);
            piece.put("member " + i, scores[i]);
            if (piece.size() == 10_000) {
                board.submitAll(piece);
                piece.clear();
            }
        }
        double[] sorted = scores.clone();
        Arrays.sort(sorted);

        assertThat(board.size()).isEqualTo(scores.length);
        for (int i = 0; i < 200; i++) {
            int member = random.nextInt(scores.length);
            long better = Arrays.stream(sorted)
                    .filter(score -> score > scores[member])
                    .count();
            assertThat(board.find("member " + member))
                    .hasValueSatisfying(entry -> assertThat(entry.rank()).isEqualTo(better + 1));
        }
        List<LeaderboardEntry> page = board.page(500_000, 10);
        for (int i = 0; i < 10; i++) {
            assertThat(page.get(i).score()).isEqualTo(sorted[scores.length - 1 - 500_000 - i]);
        }
        board.clear();
    }

    @Test
    void theTimeOfALimitedBoardEndsAfterItsLastChange() {
        Leaderboard board = structures.leaderboard(
                "short", PLAIN.withTimeToLive(Duration.ofMinutes(5)).withDenseRanks(true));
        board.submit("a", 1);
        assertThat(redis.keys(prefix + ":board:{short}"))
                .hasSize(3)
                .allSatisfy(key -> assertThat((Long) redis.command("PTTL", key)).isBetween(200_000L, 300_000L));
        board.remove("a");
        assertThat(redis.keys(prefix + ":board:{short}")).isEmpty();
    }

    @Test
    void scoresThatAreNoNumbersAreRefused() {
        Leaderboard board = structures.leaderboard("finite", PLAIN);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> board.submit("a", Double.NaN))
                .withMessageContaining("'a' is NaN");
        assertThatIllegalArgumentException().isThrownBy(() -> board.submit("", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> board.page(-1, 1));
        board.submit("a", Double.MAX_VALUE);
        assertThatExceptionOfType(DataAccessException.class)
                .isThrownBy(() -> board.increment("a", Double.MAX_VALUE))
                .havingRootCause()
                .withMessageContaining("finite");
        assertThat(board.find("a"))
                .hasValueSatisfying(entry -> assertThat(entry.score()).isEqualTo(Double.MAX_VALUE));
        board.clear();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void boardsOfDifferentSlotsAreMerged(Supplier<RedisConnectionFactory> factory) {
        RedisStructures made = Deployments.structures(factory);
        Leaderboard north = made.leaderboard("north", PLAIN);
        Leaderboard south = made.leaderboard("south", PLAIN);
        for (int i = 0; i < 2_300; i++) {
            north.submit("tied " + i, 5);
            if (i == 0) {
                south.submit("tied 0", 7);
                south.submit("only south", 6);
            }
        }
        Leaderboard all = made.leaderboard("all", PLAIN.withDenseRanks(true));
        all.submit("before", 99);

        assertThat(all.mergeFrom(List.of(north, south), MergeMode.SUM)).isEqualTo(2_301);
        assertThat(all.top(4).stream().map(LeaderboardEntry::member))
                .containsExactly("tied 0", "only south", "tied 1", "tied 2");
        assertThat(all.find("tied 0"))
                .hasValueSatisfying(entry -> assertThat(entry.score()).isEqualTo(12));
        assertThat(all.find("tied 2299")).hasValueSatisfying(entry -> {
            assertThat(entry.position()).isEqualTo(2_301);
            assertThat(entry.denseRank()).hasValue(3);
        });

        all.mergeFrom(List.of(all, south), MergeMode.BEST);
        assertThat(all.find("tied 0"))
                .hasValueSatisfying(entry -> assertThat(entry.score()).isEqualTo(12));
        assertThat(all.submit("late", 6).entry())
                .hasValueSatisfying(entry -> assertThat(entry.position()).isEqualTo(3));
        assertThat(all.mergeFrom(List.of(), MergeMode.BEST)).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> all.mergeFrom(
                        List.of(made.leaderboard("golf", PLAIN.withOrder(Order.LOWEST_FIRST))), MergeMode.BEST))
                .withMessageContaining("the other the lowest");
        north.clear();
        south.clear();
    }

    @ParameterizedTest
    @EnumSource(MergeMode.class)
    void noCallOfAMergeIntoALimitedBoardTakesLong(MergeMode mode) throws Exception {
        Leaderboard source = structures.leaderboard("large", PLAIN);
        source.submitAll(IntStream.range(0, 5_000).boxed().collect(Collectors.toMap(i -> "member " + i, i ->
                (double) (i % 1_000))));
        Leaderboard few = structures.leaderboard(
                "few", PLAIN.withMaxSize(10).withDenseRanks(true).withTimeToLive(Duration.ofMinutes(5)));
        few.submit("before", 5_000);

        // Six reads, five writes, the end; and at least five pieces of a thousand to cut off.
        CommandCount count = redis.count(() -> few.mergeFrom(List.of(source), mode));
        assertThat(count.of("evalsha") + count.of("eval")).isGreaterThanOrEqualTo(17);
        assertThat(few.top(20)).hasSize(10).first().satisfies(entry -> assertThat(entry.score())
                .isEqualTo(999));
        assertThat(few.top(20).get(9).score()).isEqualTo(998);
        assertThat(few.top(20).get(9).denseRank()).hasValue(2);
        String key = prefix + ":board:{few}";
        assertThat(redis.command("ZCARD", key + ":scores")).isEqualTo(2L);
        assertThat(redis.command("HLEN", key + ":since")).isEqualTo(11L);
        assertThat(redis.keys(key)).hasSize(3);
        few.mergeFrom(List.of(few, source, few), mode);
        assertThat(few.top(1).get(0).score()).isEqualTo(mode == MergeMode.SUM ? 2_997 : 999);
        assertThat(few.size()).isEqualTo(10);
        source.clear();
        few.clear();
    }

    @Test
    void aBoardThatBecomesLimitedShrinksByAThousandWithEachCall() {
        structures
                .leaderboard("shrinking", PLAIN)
                .submitAll(IntStream.range(0, 3_000).boxed().collect(Collectors.toMap(i -> "member " + i, i ->
                        (double) i)));
        Leaderboard limited = structures.leaderboard("shrinking", PLAIN.withMaxSize(10));
        assertThat(limited.submit("new", 10_000).entry())
                .hasValueSatisfying(entry -> assertThat(entry.position()).isEqualTo(1));
        assertThat(limited.size()).isEqualTo(2_000);
        limited.submitAll(Map.of("new", 1.0, "newer", 20_000.0));
        limited.submit("newest", 30_000);
        assertThat(limited.size()).isEqualTo(10);
        assertThat(limited.top(3))
                .extracting(LeaderboardEntry::member)
                .containsExactly("newest", "newer", "member 2999");
        assertThat(redis.command("HLEN", prefix + ":board:{shrinking}:since")).isEqualTo(11L);
        limited.clear();
    }

    @Test
    void aMergeGoesOnWhereItWasWhenTheLastMemberHasMoved() {
        Leaderboard source = structures.leaderboard("moving", PLAIN);
        String key = prefix + ":board:{moving}";
        List.of("a", "b", "c").forEach(member -> source.submit(member, 1));
        Object entries = redis.command("ZRANGE", key, "0", "-1");
        assertThat(entries).isInstanceOf(List.class);
        source.submit("b", 2);
        BoardMerge merge = new BoardMerge(protocol("target"), MergeMode.BEST);
        assertThat(merge.run(List.of(protocol("moving")))).isEqualTo(3);
        assertThat(redis.command("ZCARD", key)).isEqualTo(3L);
        source.clear();
        structures.leaderboard("target", PLAIN).clear();
    }

    private BoardProtocol protocol(String name) {
        String key = KeySpace.of(prefix, "board").key(name);
        return new BoardProtocol(ConnectionGuard.of(redis.jedis()), new BoardKeys(key, false), PLAIN, null);
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void aNewPeriodBeginsByItself(Supplier<RedisConnectionFactory> factory) {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
        ZoneId zone = ZoneId.of("Europe/Berlin");
        PeriodicLeaderboard daily = new PeriodicLeaderboard(
                ConnectionGuard.of(factory.get()),
                KeySpace.of(prefix, "board"),
                "points",
                Period.DAILY,
                zone,
                Duration.ofDays(14),
                PLAIN,
                now::get);
        Instant yesterday = now.get();
        daily.current().submit("ann", 3);
        daily.current().submit("ben", 1);
        now.set(yesterday.plus(Duration.ofDays(1)));
        daily.current().submit("ben", 4);

        assertThat(daily.current().top(5)).extracting(LeaderboardEntry::member).containsExactly("ben");
        assertThat(daily.ago(1).top(5)).extracting(LeaderboardEntry::member).containsExactly("ann", "ben");
        assertThat(daily.between(yesterday, now.get())).hasSize(2);
        Leaderboard both = Deployments.structures(factory).leaderboard("both", PLAIN);
        both.mergeFrom(daily.between(yesterday, now.get()), MergeMode.SUM);
        assertThat(both.top(5)).extracting(LeaderboardEntry::score).containsExactly(5.0, 3.0);
        both.clear();
        daily.current().clear();
        daily.ago(1).clear();
    }

    @Test
    void aPeriodicBoardEndsByTheServersClock() {
        PeriodicLeaderboard weekly =
                structures.leaderboard("weeks", Period.WEEKLY, ZoneOffset.UTC, Duration.ofDays(1), PLAIN);
        weekly.current().submit("a", 1);
        assertThat(redis.keys(prefix + ":board:{weeks}:weekly:")).hasSize(2).allSatisfy(key -> assertThat(
                        (Long) redis.command("PTTL", key))
                .isBetween(1L, Duration.ofDays(8).toMillis()));
        weekly.current().clear();
    }

    @Test
    void badOptionsAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PLAIN.withMaxSize(-1))
                .withMessageContaining("max size");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PLAIN.withTimeToLive(Duration.ZERO))
                .withMessageContaining("time to live");
    }
}
