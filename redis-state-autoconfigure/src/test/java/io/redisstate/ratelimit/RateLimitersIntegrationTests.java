package io.redisstate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@RedisTest
class RateLimitersIntegrationTests {

    private final String prefix = "t-" + UUID.randomUUID();
    private RedisServer server;
    private RateLimiters limiters;

    /** When a permit was granted: between these two readings of the clock. */
    private record Grant(long before, long after) {}

    @BeforeEach
    void build(RedisServer server) {
        this.server = server;
        limiters = RateLimiters.builder(server.jedis()).keyPrefix(prefix).build();
    }

    @ParameterizedTest
    @EnumSource(names = "CONCURRENCY", mode = EnumSource.Mode.EXCLUDE)
    void neverMoreThanTheAlgorithmPromisesUnderContention(RateLimitAlgorithm algorithm) throws Exception {
        long limit = 40;
        Duration per = Duration.ofMillis(200);
        Duration run = Duration.ofMillis(1500);
        List<Grant> grants =
                hammer(limiters.limiter(RateLimit.of("hammer", limit, per).withAlgorithm(algorithm)), run);
        // Around a boundary the counters of whole windows let the end of one and the start of the next through.
        long mostInPeriod = algorithm == RateLimitAlgorithm.SLIDING_LOG ? limit : 2 * limit;
        assertThat(mostWithin(grants, per)).isLessThanOrEqualTo((int) mostInPeriod);
        if (algorithm == RateLimitAlgorithm.TOKEN_BUCKET) {
            for (int periods = 1; periods <= 5; periods++) {
                assertThat(mostWithin(grants, per.multipliedBy(periods)))
                        .isLessThanOrEqualTo((int) (limit + periods * limit));
            }
        }
        // A limiter that denies too much is wrong too; half leaves room for a busy machine.
        assertThat(grants).hasSizeGreaterThan((int) (limit * run.toMillis() / per.toMillis() / 2));
    }

    @ParameterizedTest
    @EnumSource(names = "CONCURRENCY", mode = EnumSource.Mode.EXCLUDE)
    void resultCountsDownThenTellsWhenToComeBack(RateLimitAlgorithm algorithm) throws Exception {
        RateLimiter limiter = limiters.limiter(
                RateLimit.of("count", 3, Duration.ofMillis(900)).withAlgorithm(algorithm));
        // Begins at the start of a window of the algorithms whose windows stand still.
        assertThat(limiter.peek("a").remaining()).isEqualTo(3);
        assertThat(limiter.tryAcquire("a").remaining()).isEqualTo(2);
        RateLimitResult last = limiter.tryAcquire("a", 2);
        assertThat(last.allowed()).isTrue();
        assertThat(last.retryAfter()).isZero();
        assertThat(last.resetAfter()).isPositive().isLessThanOrEqualTo(Duration.ofMillis(1800));
        RateLimitResult denied = limiter.tryAcquire("a");
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.remaining()).isZero();
        assertThat(denied.retryAfter()).isPositive().isLessThanOrEqualTo(Duration.ofMillis(1800));
        assertThat(limiter.tryAcquire("b").allowed()).isTrue();
        RateLimitResult waited = limiter.acquire("a", 1, Duration.ofSeconds(10));
        assertThat(waited.allowed()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = "CONCURRENCY", mode = EnumSource.Mode.EXCLUDE)
    void waitThatCanNotSucceedInTimeIsNotBegun(RateLimitAlgorithm algorithm) throws Exception {
        RateLimiter limiter =
                limiters.limiter(RateLimit.of("slow", 1, Duration.ofHours(1)).withAlgorithm(algorithm));
        limiter.tryAcquire("a");
        long start = System.nanoTime();
        assertThat(limiter.acquire("a", 1, Duration.ofSeconds(1)).allowed()).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(900));
    }

    @Test
    void severalLimitsAreTakenAllOrNoneInOneCommand() {
        RateLimit few = RateLimit.of("few", 1, Duration.ofHours(1));
        RateLimit many = RateLimit.of("many", 10, Duration.ofHours(1)).withAlgorithm(RateLimitAlgorithm.FIXED_WINDOW);
        RateLimit logged =
                RateLimit.of("logged", 10, Duration.ofHours(1)).withAlgorithm(RateLimitAlgorithm.SLIDING_LOG);
        List<RateLimitRequest> all = List.of(
                new RateLimitRequest(many, "a", 2),
                new RateLimitRequest(few, "a", 1),
                new RateLimitRequest(logged, "a", 3));
        assertThat(limiters.tryAcquireAll(all).allowed()).isTrue();
        RateLimitResult denied = limiters.tryAcquireAll(all);
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.rule()).isEqualTo(few);
        assertThat(limiters.limiter(many).peek("a").remaining()).isEqualTo(8);
        assertThat(limiters.limiter(logged).peek("a").remaining()).isEqualTo(7);
    }

    @Test
    void checkIsOneScriptCall() throws Exception {
        RateLimiter limiter = limiters.limiter(RateLimit.of("cost", 100, Duration.ofHours(1)));
        limiter.tryAcquire("a");
        assertThat(server.count(() -> {
                            for (int i = 0; i < 10; i++) {
                                limiter.tryAcquire("a");
                            }
                        })
                        .of("evalsha"))
                .isEqualTo(10);
    }

    @ParameterizedTest
    @EnumSource(names = "CONCURRENCY", mode = EnumSource.Mode.EXCLUDE)
    void everyKeyExpiresSoonAfterItsLimitIsFullAgain(RateLimitAlgorithm algorithm) {
        RateLimiter limiter =
                limiters.limiter(RateLimit.of("ttl", 5, Duration.ofMinutes(1)).withAlgorithm(algorithm));
        RateLimitResult result = limiter.tryAcquire("subject");
        List<String> keys = server.keys(prefix);
        assertThat(keys).singleElement().asString().startsWith(prefix + ":rate:{subject}:ttl:");
        long ttl = Long.parseLong(String.valueOf(server.command("PTTL", keys.get(0))));
        // A token bucket's key lives up to twice as long and a second, so that most writes need not touch its time.
        Duration atMost = algorithm == RateLimitAlgorithm.TOKEN_BUCKET
                ? result.resetAfter().multipliedBy(2).plusSeconds(1)
                : result.resetAfter();
        assertThat(ttl).isPositive().isLessThanOrEqualTo(atMost.plusMillis(2).toMillis());
    }

    @Test
    void namedLimitFollowsItsDefinition() {
        RateLimit limit = RateLimit.of("named", 1, Duration.ofHours(1)).withAlgorithm(RateLimitAlgorithm.FIXED_WINDOW);
        limiters.define(limit);
        RateLimiter limiter = limiters.limiter("named");
        assertThat(limiter.tryAcquire("a").allowed()).isTrue();
        assertThat(limiter.tryAcquire("a").allowed()).isFalse();
        limiters.define(RateLimit.of("named", 3, limit.per(), limit.algorithm()));
        assertThat(limiter.tryAcquire("a").remaining()).isEqualTo(1);
        assertThat(limiters.limits()).containsOnlyKeys("named");
    }

    @ParameterizedTest
    @EnumSource(names = "CONCURRENCY", mode = EnumSource.Mode.EXCLUDE)
    void whatWasUsedStillCountsAfterAChangeOfTheLimit(RateLimitAlgorithm algorithm) {
        Duration hour = Duration.ofHours(1);
        define(7, algorithm);
        limiters.limiter("changed").tryAcquire("a", 7);
        limiters.limiter("changed").tryAcquire("b", 1);
        define(10, algorithm);
        RateLimitResult later = limiters.limiter("changed").peek("a");
        if (algorithm == RateLimitAlgorithm.TOKEN_BUCKET) {
            // What takes an hour to come back takes an hour at any limit.
            assertThat(later.allowed()).isFalse();
            assertThat(later.retryAfter()).isBetween(hour.dividedBy(10).minusSeconds(30), hour.dividedBy(10));
            assertThat(limiters.limiter("changed").tryAcquire("a").allowed()).isFalse();
            assertThat(limiters.limiter("changed").tryAcquire("b").remaining()).isEqualTo(7);
        } else {
            assertThat(later.remaining()).isEqualTo(3);
            assertThat(limiters.limiter("changed").tryAcquire("a", 3).allowed()).isTrue();
        }
        define(5, algorithm);
        assertThat(limiters.limiter("changed").tryAcquire("a").allowed()).isFalse();
    }

    private void define(long limit, RateLimitAlgorithm algorithm) {
        RateLimit changed =
                RateLimit.of("changed", limit, Duration.ofHours(1), algorithm).withLocalDenial(false);
        limiters.define(changed);
    }

    @Test
    void mistakesAreRefusedByName() {
        limiters.define(RateLimit.of("api", 5, Duration.ofSeconds(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiters.limiter("other"))
                .withMessageContaining("'other'")
                .withMessageContaining("[api]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiters.limiter("api").tryAcquire("a", 6))
                .withMessageContaining("6")
                .withMessageContaining("1 to 5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiters.limiter("api").tryAcquire("a", 0))
                .withMessageContaining("1 to 5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiters.limiter("api").tryAcquire(""))
                .withMessageContaining("empty");
    }

    private static List<Grant> hammer(RateLimiter limiter, Duration run) throws Exception {
        int threads = 8;
        List<Grant> grants = Collections.synchronizedList(new ArrayList<>());
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> work = new ArrayList<>();
            long end = System.nanoTime() + run.toNanos();
            for (int i = 0; i < threads; i++) {
                work.add(pool.submit(() -> {
                    while (System.nanoTime() < end) {
                        long before = System.nanoTime();
                        if (limiter.tryAcquire("hot").allowed()) {
                            grants.add(new Grant(before, System.nanoTime()));
                        }
                    }
                }));
            }
            for (Future<?> one : work) {
                one.get();
            }
        } finally {
            pool.shutdownNow();
        }
        return grants;
    }

    /** How many grants certainly lie within some window: the first was asked for, and the last given, inside it. */
    private static int mostWithin(List<Grant> grants, Duration window) {
        // A window's end is kept in whole ms.
        long span = window.minusMillis(1).toNanos();
        List<Grant> byEnd = new ArrayList<>(grants);
        byEnd.sort(Comparator.comparingLong(Grant::after));
        int most = 0;
        for (Grant first : byEnd) {
            int within = 0;
            for (Grant other : byEnd) {
                if (other.before() >= first.before() && other.after() - first.before() < span) {
                    within++;
                }
            }
            most = Math.max(most, within);
        }
        return most;
    }

    @Test
    void limitsOfTheBuilderAreDefined() {
        Map<String, RateLimit> limits = Map.of("api", RateLimit.of("api", 5, Duration.ofSeconds(1)));
        RateLimiters built = RateLimiters.builder(server.lettuce())
                .keyPrefix(prefix)
                .limits(limits)
                .build();
        assertThat(built.limiter("api").tryAcquire("a").remaining()).isEqualTo(4);
    }
}
