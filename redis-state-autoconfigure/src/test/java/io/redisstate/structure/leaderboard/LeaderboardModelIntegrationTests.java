package io.redisstate.structure.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.structure.Deployments;
import io.redisstate.structure.leaderboard.LeaderboardOptions.Order;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** A leaderboard against a list that is sorted anew for each question, on random operations. */
@RedisTest
class LeaderboardModelIntegrationTests {

    private static final int OPERATIONS = 250;

    @TestFactory
    Stream<DynamicTest> theBoardAnswersAsTheModel() {
        long seed = System.nanoTime();
        LeaderboardOptions plain = LeaderboardOptions.defaults();
        Map<String, Supplier<RedisConnectionFactory>> servers = Map.of(
                "server", () -> RedisServer.shared().jedis(),
                "cluster", () -> RedisCluster.shared().jedis());
        return servers.entrySet().stream().flatMap(server -> Stream.of(
                        plain,
                        plain.withDenseRanks(true),
                        plain.withOrder(Order.LOWEST_FIRST).withDenseRanks(true),
                        plain.withMaxSize(12).withDenseRanks(true))
                .map(options -> DynamicTest.dynamicTest(
                        server.getKey() + ", " + options + ", seed " + seed,
                        () -> compare(server.getValue(), options, new Random(seed)))));
    }

    private static void compare(Supplier<RedisConnectionFactory> server, LeaderboardOptions options, Random random) {
        Leaderboard board = Deployments.structures(server).leaderboard("{model} %", options);
        Model model = new Model(options);
        for (int i = 0; i < OPERATIONS; i++) {
            String member = "member " + random.nextInt(25);
            double score = random.nextInt(8) - 3 + (random.nextInt(4) == 0 ? 0.1 : 0);
            switch (random.nextInt(8)) {
                case 0, 1 -> assertThat(board.submit(member, score)).isEqualTo(model.submit(member, score));
                case 2 ->
                    assertThat(board.submitIfBetter(member, score)).isEqualTo(model.submitIfBetter(member, score));
                case 3, 4 ->
                    assertThat(board.increment(member, score))
                            .isEqualTo(model.submit(member, model.score(member) + score));
                case 5 -> assertThat(board.remove(member)).isEqualTo(model.remove(member));
                case 6 -> {
                    Map<String, Double> many = Map.of(member, score, "other", score + 1);
                    // The order in which one call gives scores is the order of the map.
                    long changed = 0;
                    for (Map.Entry<String, Double> entry : many.entrySet()) {
                        changed += model.put(entry.getKey(), entry.getValue()) ? 1 : 0;
                    }
                    model.trim();
                    assertThat(board.submitAll(many)).isEqualTo(changed);
                }
                default -> look(board, model, member, random);
            }
        }
        look(board, model, "member 1", random);
        board.clear();
        assertThat(board.top(10)).isEmpty();
        assertThat(board.size()).isZero();
    }

    private static void look(Leaderboard board, Model model, String member, Random random) {
        List<LeaderboardEntry> all = model.entries();
        assertThat(board.page(0, 100)).isEqualTo(all);
        int offset = random.nextInt(30);
        int count = random.nextInt(10);
        assertThat(board.page(offset, count))
                .isEqualTo(all.stream().skip(offset).limit(count).toList());
        assertThat(board.find(member)).isEqualTo(model.find(member));
        assertThat(board.findAll(List.of("nobody", member, "other")))
                .isEqualTo(Stream.of(member, "other")
                        .map(model::find)
                        .flatMap(Optional::stream)
                        .toList());
        double least = random.nextInt(8) - 4;
        double greatest = least + random.nextInt(5);
        List<LeaderboardEntry> between = all.stream()
                .filter(entry -> entry.score() >= least && entry.score() <= greatest)
                .toList();
        assertThat(board.countBetween(least, greatest)).isEqualTo(between.size());
        assertThat(board.scoresBetween(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 100))
                .isEqualTo(all);
        assertThat(board.countBetween(least, Double.POSITIVE_INFINITY))
                .isEqualTo(all.stream().filter(entry -> entry.score() >= least).count());
        assertThat(board.scoresBetween(least, greatest, 1, 4))
                .isEqualTo(between.stream().skip(1).limit(4).toList());
        int at = model.find(member).map(entry -> (int) entry.position() - 1).orElse(-1);
        assertThat(board.around(member, 2, 3))
                .isEqualTo(at < 0 ? List.of() : all.subList(Math.max(0, at - 2), Math.min(all.size(), at + 4)));
        if (at < 0) {
            assertThat(board.percentile(member)).isEmpty();
        } else {
            double score = all.get(at).score();
            long noBetter = all.stream()
                    .filter(entry -> model.turn(entry.score()) >= model.turn(score))
                    .count();
            assertThat(board.percentile(member)).hasValue(100.0 * noBetter / all.size());
        }
        assertThat(board.size()).isEqualTo(all.size());
    }

    /** Scores by member, and the order in which they were reached. */
    private static final class Model {

        private record Score(String member, double score, int since) {}

        private final LeaderboardOptions options;
        private final Map<String, Score> scores = new HashMap<>();
        private int clock;

        Model(LeaderboardOptions options) {
            this.options = options;
        }

        double turn(double score) {
            return options.order() == Order.HIGHEST_FIRST ? -score : score;
        }

        double score(String member) {
            return scores.containsKey(member) ? scores.get(member).score : 0;
        }

        boolean put(String member, double score) {
            Score old = scores.get(member);
            if (old != null && old.score == score) {
                return false;
            }
            scores.put(member, new Score(member, score + 0.0, clock++));
            return true;
        }

        Submission submit(String member, double score) {
            boolean changed = put(member, score);
            trim();
            return new Submission(changed, find(member));
        }

        Submission submitIfBetter(String member, double score) {
            Score old = scores.get(member);
            if (old != null && turn(score) >= turn(old.score)) {
                return new Submission(false, find(member));
            }
            return submit(member, score);
        }

        boolean remove(String member) {
            return scores.remove(member) != null;
        }

        void trim() {
            while (options.maxSize() > 0 && scores.size() > options.maxSize()) {
                scores.remove(sorted().get(scores.size() - 1).member);
            }
        }

        Optional<LeaderboardEntry> find(String member) {
            return entries().stream()
                    .filter(entry -> entry.member().equals(member))
                    .findFirst();
        }

        private List<Score> sorted() {
            return scores.values().stream()
                    .sorted(Comparator.comparingDouble((Score score) -> turn(score.score))
                            .thenComparing(Score::since))
                    .toList();
        }

        List<LeaderboardEntry> entries() {
            List<LeaderboardEntry> entries = new ArrayList<>();
            List<Score> sorted = sorted();
            for (Score score : sorted) {
                long better = sorted.stream()
                        .filter(other -> turn(other.score) < turn(score.score))
                        .count();
                long betterScores = sorted.stream()
                        .filter(other -> turn(other.score) < turn(score.score))
                        .map(Score::score)
                        .distinct()
                        .count();
                entries.add(new LeaderboardEntry(
                        score.member,
                        score.score,
                        entries.size() + 1,
                        better + 1,
                        options.denseRanks() ? OptionalLong.of(betterScores + 1) : OptionalLong.empty()));
            }
            return entries;
        }
    }
}
