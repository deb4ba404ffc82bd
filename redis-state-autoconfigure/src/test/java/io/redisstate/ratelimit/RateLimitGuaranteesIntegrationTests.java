package io.redisstate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.ScriptCall;
import io.redisstate.test.CommandCount;
import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisSentinels;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class RateLimitGuaranteesIntegrationTests {

    private static final Duration HOUR = Duration.ofHours(1);

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final RateLimiters limiters = on(redis.jedis());

    private RateLimiters on(RedisConnectionFactory connections) {
        return RateLimiters.builder(connections).keyPrefix(prefix).build();
    }

    @Test
    void fourProcessesOnOneSubjectNeverExceedTheLimit() throws Exception {
        List<JavaProcess> processes = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                processes.add(JavaProcess.start(Caller.class, redis.url(), prefix));
            }
            for (JavaProcess process : processes) {
                process.awaitLine("ready", Duration.ofSeconds(60));
            }
            fourProcessesNeverExceed(processes, RateLimitAlgorithm.FIXED_WINDOW, 0);
            fourProcessesNeverExceed(processes, RateLimitAlgorithm.FIXED_WINDOW, 8);
            fourProcessesNeverExceed(processes, RateLimitAlgorithm.TOKEN_BUCKET, 0);
            fourProcessesNeverExceed(processes, RateLimitAlgorithm.SLIDING_WINDOW, 0);
            fourProcessesNeverExceed(processes, RateLimitAlgorithm.SLIDING_LOG, 0);
        } finally {
            processes.forEach(JavaProcess::close);
        }
    }

    private static void fourProcessesNeverExceed(
            List<JavaProcess> processes, RateLimitAlgorithm algorithm, int leaseChunk) throws Exception {
        String turn = algorithm + " " + leaseChunk;
        processes.forEach(process -> process.send(turn));
        String reply = "granted " + turn + " ";
        int granted = 0;
        for (JavaProcess process : processes) {
            granted += Integer.parseInt(
                    process.awaitLine(reply, Duration.ofSeconds(60)).substring(reply.length()));
        }
        assertThat(granted).as(turn).isLessThanOrEqualTo(Caller.LIMIT);
        // Every process tries far more often than the limit, so what is not spent is only what one chunk kept back.
        assertThat(granted).as(turn).isGreaterThanOrEqualTo(Caller.LIMIT - 4 * leaseChunk);
    }

    @ParameterizedTest
    @EnumSource(value = RateLimitAlgorithm.class, mode = EnumSource.Mode.EXCLUDE, names = "CONCURRENCY")
    void everyKeyHasATimeToLive(RateLimitAlgorithm algorithm) {
        RateLimiter limiter = limiters.limiter(RateLimit.of("keys", 3, HOUR, algorithm));
        for (int i = 0; i < 500; i++) {
            limiter.tryAcquire("subject" + i);
        }
        assertThat(redis.keys(prefix)).hasSize(500).allSatisfy(key -> assertThat((Long) redis.command("PTTL", key))
                .isPositive());
    }

    @Test
    void aFloodOfDeniedCallsCostsNothing() throws Exception {
        RateLimiter limiter = limiters.limiter(RateLimit.of("flood", 1, HOUR));
        assertThat(limiter.tryAcquire("a").allowed()).isTrue();
        assertThat(limiter.tryAcquire("a").allowed()).isFalse();

        CommandCount count = redis.count(() -> {
            for (int i = 0; i < 1_000; i++) {
                RateLimitResult denied = limiter.tryAcquire("a");
                assertThat(denied.allowed()).isFalse();
                assertThat(denied.retryAfter()).isBetween(Duration.ofMinutes(59), HOUR);
            }
        });

        assertThat(count.total()).isZero();
        limiter.reset("a");
        assertThat(limiter.tryAcquire("a").allowed()).isTrue();
    }

    @Test
    void aRememberedDenialEndsInTime() {
        RateLimiter limiter = limiters.limiter(RateLimit.of("soon", 1, Duration.ofMillis(400)));
        assertThat(limiter.tryAcquire("a").allowed()).isTrue();
        RateLimitResult denied = limiter.tryAcquire("a");
        long until = System.nanoTime() + denied.retryAfter().toNanos();

        await().pollInterval(Duration.ofMillis(2)).until(() -> System.nanoTime() > until);

        assertThat(limiter.tryAcquire("a").allowed()).isTrue();
    }

    @Test
    void ofALeasedLimitManyThreadsGetAllThereIs() throws Exception {
        for (int round = 0; round < 20; round++) {
            RateLimiter limiter =
                    limiters.limiter(RateLimit.of("crowd" + round, 500, HOUR, RateLimitAlgorithm.FIXED_WINDOW)
                            .withLeaseChunk(1_000));
            AtomicInteger granted = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                Thread thread = new Thread(() -> {
                    for (int call = 0; call < 100; call++) {
                        if (limiter.tryAcquire("a").allowed()) {
                            granted.incrementAndGet();
                        }
                    }
                });
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(granted).hasValue(500);
        }
    }

    @Test
    void aLeasedLimitAsksSeldom() throws Exception {
        RateLimiter limiter = limiters.limiter(RateLimit.of("leased", 10_000, HOUR, RateLimitAlgorithm.FIXED_WINDOW)
                .withLeaseChunk(1_000));

        CommandCount count = redis.count(() -> {
            for (int i = 0; i < 10_000; i++) {
                assertThat(limiter.tryAcquire("a").allowed()).isTrue();
            }
        });
        assertThat(count.of("evalsha") + count.of("eval")).isLessThan(30);
        assertThat(limiter.tryAcquire("a").allowed()).isFalse();
    }

    @Test
    void onlyFixedWindowsCanBeLeased() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.of("bucket", 10, HOUR).withLeaseChunk(5))
                .withMessageContaining("leaseChunk")
                .withMessageContaining("'bucket'")
                .withMessageContaining("FIXED_WINDOW");
    }

    @Test
    void permitsOfAConcurrencyLimitComeBack() {
        RateLimit rule = RateLimit.of("parallel", 2, Duration.ofMillis(600), RateLimitAlgorithm.CONCURRENCY);
        RateLimiter limiter = limiters.limiter(rule);
        RateLimitPermit first = limiter.tryHold("a", 1).orElseThrow();
        RateLimitPermit second = limiter.tryHold("a", 1).orElseThrow();
        assertThat(limiter.tryHold("a", 1)).isEmpty();

        first.close();
        first.close();
        RateLimitPermit third = limiter.tryHold("a", 1).orElseThrow();
        assertThat(limiter.tryHold("a", 1)).isEmpty();
        assertThat(second.renew()).isTrue();

        // Nobody gives these back: they end by themselves.
        await().until(() -> limiter.tryHold("a", 2).isPresent());
        assertThat(second.renew()).isFalse();
        assertThat(third.result().allowed()).isTrue();
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> limiter.tryAcquire("a"))
                .withMessageContaining("tryHold");
    }

    @Test
    void aPenaltyMakesTheSubjectWaitLonger() {
        for (RateLimitAlgorithm algorithm :
                List.of(RateLimitAlgorithm.TOKEN_BUCKET, RateLimitAlgorithm.SLIDING_WINDOW)) {
            RateLimiter limiter = limiters.limiter(RateLimit.of("penalty", 10, HOUR, algorithm));
            Duration before = limiter.peek("a").resetAfter();
            limiter.penalize("a", 30);
            RateLimitResult denied = limiter.tryAcquire("a");
            assertThat(denied.allowed()).isFalse();
            assertThat(denied.resetAfter()).isGreaterThan(before);
            limiter.reset("a");
            assertThat(limiter.peek("a").remaining()).isEqualTo(10);
        }
    }

    @Test
    void severalSubjectsAreAllOrNone() {
        RateLimit perUser = RateLimit.of("user", 10, HOUR, RateLimitAlgorithm.FIXED_WINDOW);
        RateLimit global = RateLimit.of("global", 1, HOUR, RateLimitAlgorithm.FIXED_WINDOW);
        List<RateLimitRequest> both =
                List.of(new RateLimitRequest(perUser, "ann", 1), new RateLimitRequest(global, "all", 1));

        assertThat(limiters.tryAcquireAll(both).allowed()).isTrue();
        assertThat(limiters.tryAcquireAll(both).allowed()).isFalse();

        assertThat(limiters.limiter(perUser).peek("ann").remaining()).isEqualTo(9);
    }

    @Test
    void waitingTakesAsLongAsTheLimitSays() throws Exception {
        RateLimiter limiter = limiters.limiter(RateLimit.of("wait", 1, Duration.ofMillis(300)));
        limiter.tryAcquire("a");
        long begun = System.nanoTime();

        assertThat(limiter.acquire("a", 1, Duration.ofSeconds(5)).allowed()).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
        assertThat(limiter.acquire("a", 1, Duration.ofMillis(1)).allowed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whereRedisIsAwayTheLimitDecides(boolean failOpen) throws Exception {
        try (RedisServer server = RedisServer.start()) {
            RateLimit rule = RateLimit.of("away", 1, HOUR).withFailOpen(failOpen);
            RateLimiter limiter = on(server.jedis()).limiter(rule);
            assertThat(limiter.tryAcquire("a").degraded()).isFalse();
            server.kill();

            RateLimitResult result = limiter.tryAcquire("b");
            assertThat(result.degraded()).isTrue();
            assertThat(result.allowed()).isEqualTo(failOpen);

            server.restart();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> !limiter.tryAcquire("c").degraded());
        }
    }

    @Test
    void aPausedRedisDelaysACallForABoundedTimeOnly() throws Exception {
        try (RedisServer server = RedisServer.start()) {
            RateLimiter limiter = on(server.jedis()).limiter(RateLimit.of("slow", 1, HOUR));
            limiter.tryAcquire("a");
            server.pause();
            long begun = System.nanoTime();

            assertThat(limiter.tryAcquire("a").degraded()).isTrue();

            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
        }
    }

    @ParameterizedTest
    @EnumSource(value = RateLimitAlgorithm.class, mode = EnumSource.Mode.EXCLUDE, names = "CONCURRENCY")
    void clustersAndLettuceCountTheSame(RateLimitAlgorithm algorithm) {
        for (RedisConnectionFactory connections : List.of(
                redis.lettuce(),
                RedisCluster.shared().jedis(),
                RedisCluster.shared().lettuce())) {
            RateLimiters there = on(connections);
            RateLimit rule = RateLimit.of("everywhere", 2, HOUR, algorithm);
            RateLimit other = RateLimit.of("other", 100, HOUR, algorithm);
            String subject = "{a}" + connections.getClass();
            List<RateLimitRequest> both =
                    List.of(new RateLimitRequest(rule, subject, 1), new RateLimitRequest(other, subject, 1));
            assertThat(there.tryAcquireAll(both).allowed()).isTrue();
            assertThat(there.tryAcquireAll(both).allowed()).isTrue();
            assertThat(there.tryAcquireAll(both).allowed()).isFalse();
            there.limiter(rule).reset(subject);
            assertThat(there.limiter(rule).tryAcquire(subject).remaining()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "CONCURRENCY", mode = EnumSource.Mode.EXCLUDE)
    void permitsComeBackWhenAnotherSubjectDenies(RateLimitAlgorithm algorithm) {
        RateLimit rule = RateLimit.of("both", 5, HOUR).withAlgorithm(algorithm).withLocalDenial(false);
        RateLimiter limiter = limiters.limiter(rule);
        limiter.tryAcquire("full", 5);
        limiter.tryAcquire("other", 2);

        for (int i = 0; i < 10; i++) {
            assertThat(limiters.tryAcquireAll(List.of(
                                    new RateLimitRequest(rule, "other", 2), new RateLimitRequest(rule, "full", 1)))
                            .allowed())
                    .isFalse();
        }

        // What drained meanwhile is not given back twice.
        await().atMost(Duration.ofSeconds(1))
                .until(() -> limiter.tryAcquire("other", 3).allowed());
        assertThat(limiter.tryAcquire("other", 1).allowed()).isFalse();
    }

    @Test
    void twoRequestsForOneLimitAndSubjectAreOneOfBothCosts() {
        RateLimit rule = RateLimit.of("twice", 5, HOUR);
        RateLimitRequest two = new RateLimitRequest(rule, "a", 2);

        assertThat(limiters.tryAcquireAll(List.of(two, two)).remaining()).isEqualTo(1);
        assertThat(limiters.tryAcquireAll(List.of(two, two)).allowed()).isFalse();
        assertThat(limiters.limiter(rule).peek("a").remaining()).isEqualTo(1);
        RateLimit held = RateLimit.of("held", 5, HOUR).withAlgorithm(RateLimitAlgorithm.CONCURRENCY);
        RateLimitRequest one = new RateLimitRequest(held, "a", 1);
        limiters.tryHoldAll(List.of(one, one)).close();
        assertThat(limiters.limiter(held).peek("a").remaining()).isEqualTo(5);
    }

    @Test
    void aWaitOfAnyLengthCanBeAskedFor() throws Exception {
        RateLimiter limiter = limiters.limiter(RateLimit.of("patient", 1, Duration.ofMillis(50)));
        limiter.tryAcquire("a");

        assertThat(limiter.acquire("a", 1, Duration.ofSeconds(Long.MAX_VALUE)).allowed())
                .isTrue();
        assertThat(limiter.acquire("a", 1, Duration.ofSeconds(-1)).allowed()).isFalse();
    }

    @Test
    void aMillionSubjectsLeaveOnlyKeysThatEnd() {
        try (RedisServer server = RedisServer.start()) {
            RateLimiters there = on(server.jedis());
            List<RateLimit> limits = Arrays.stream(RateLimitAlgorithm.values())
                    .filter(algorithm -> algorithm != RateLimitAlgorithm.CONCURRENCY)
                    .map(algorithm -> RateLimit.of("many " + algorithm, 5, HOUR, algorithm))
                    .toList();
            // Each limit of each subject has a key of its own, however it was checked.
            IntStream.range(0, 245_000)
                    .parallel()
                    .forEach(i -> there.tryAcquireAll(limits.stream()
                            .map(limit -> new RateLimitRequest(limit, "s" + i, 1))
                            .toList()));
            IntStream.range(245_000, 250_000)
                    .parallel()
                    .forEach(i -> limits.forEach(limit -> there.limiter(limit).tryAcquire("s" + i)));
            assertThat(String.valueOf(server.command("INFO", "keyspace"))).contains("keys=1000000,expires=1000000,");
        }
    }

    @Test
    void scriptsThatTheServerForgotAreSentAgainWithoutAnyCallFailing() {
        RateLimiter limiter = limiters.limiter(RateLimit.of("flushed", 100, HOUR));
        for (int i = 0; i < 20; i++) {
            redis.command("SCRIPT", "FLUSH");
            assertThat(limiter.tryAcquire("a").remaining()).isEqualTo(99 - i);
        }
    }

    @Test
    void aFailOverKeepsCountingWithoutAnyExceptionForTheCaller() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start()) {
            var connections = sentinels.jedis();
            RateLimiter limiter = RateLimiters.builder(connections)
                    .keyPrefix(prefix)
                    .build()
                    .limiter(RateLimit.of("failover", 5, HOUR).withFailOpen(false));
            limiter.tryAcquire("a", 4);
            awaitReplication(sentinels.primary());
            sentinels.failOver();

            await().atMost(Duration.ofSeconds(60))
                    .until(() -> !limiter.peek("a").degraded());
            assertThat(limiter.tryAcquire("a").allowed()).isTrue();
            assertThat(limiter.tryAcquire("a")).matches(sixth -> !sixth.allowed() && !sixth.degraded());
        }
    }

    private static void awaitReplication(RedisServer primary) {
        await().until(() -> {
            String info = String.valueOf(primary.command("INFO", "replication"));
            String written = info.replaceAll("(?s).*master_repl_offset:(\\d+).*", "$1");
            return info.split("offset=" + written + ",", -1).length == 3;
        });
    }

    @ParameterizedTest
    @EnumSource(names = "CONCURRENCY", mode = EnumSource.Mode.EXCLUDE)
    void whatIsSentDependsOnNoClock(RateLimitAlgorithm algorithm) {
        Queue<List<String>> sent = new ConcurrentLinkedQueue<>();
        CallExecutor redisItself = ConnectionGuard.of(redis.jedis());
        RateLimiters recorded = RateLimiters.builder(redis.jedis())
                .keyPrefix(prefix)
                .calls(new CallExecutor() {
                    @Override
                    public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
                        sent.add(call.arguments().stream()
                                .map(argument -> new String(argument, StandardCharsets.UTF_8))
                                .toList());
                        return redisItself.execute(call);
                    }

                    @Override
                    public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
                        return redisItself.executeAll(calls);
                    }
                })
                .build();
        RateLimiter limiter = recorded.limiter(RateLimit.of("clock", 5, HOUR, algorithm));
        limiter.tryAcquire("a");
        long begun = System.currentTimeMillis();
        await().pollInterval(Duration.ofMillis(1)).until(() -> System.currentTimeMillis() > begun + 2);
        limiter.tryAcquire("a");

        assertThat(sent).hasSize(2);
        assertThat(Set.copyOf(sent)).hasSize(1);
    }

    @Test
    void whoeverWasDeniedWhilePermitsWereGivenBackIsNotRememberedAsDenied() {
        RateLimit user = RateLimit.of("user", 1, HOUR, RateLimitAlgorithm.FIXED_WINDOW);
        RateLimit full = RateLimit.of("full", 1, HOUR, RateLimitAlgorithm.FIXED_WINDOW);
        CallExecutor redisItself = ConnectionGuard.of(redis.jedis());
        List<Runnable> before = new ArrayList<>();
        RateLimiters observed = RateLimiters.builder(redis.jedis())
                .keyPrefix(prefix)
                .calls(new CallExecutor() {
                    @Override
                    public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
                        if (call.script().name().endsWith("give-back")) {
                            before.forEach(Runnable::run);
                        }
                        return redisItself.execute(call);
                    }

                    @Override
                    public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
                        return redisItself.executeAll(calls);
                    }
                })
                .build();
        observed.limiter(full).tryAcquire("all");
        before.add(() ->
                assertThat(observed.limiter(user).tryAcquire("ann").allowed()).isFalse());

        // Not known as denied in this process, which would end it before anything is taken.
        observed.limiter(full).tryAcquire("all", 1);
        RateLimit fullElsewhere = full.withLocalDenial(false);
        assertThat(observed.tryAcquireAll(List.of(
                                new RateLimitRequest(user, "ann", 1), new RateLimitRequest(fullElsewhere, "all", 1)))
                        .allowed())
                .isFalse();

        assertThat(observed.limiter(user).tryAcquire("ann").allowed()).isTrue();
    }

    /** Calls one subject from four threads, far more often than is allowed. */
    static final class Caller {

        static final int LIMIT = 200;

        public static void main(String[] arguments) throws Exception {
            RedisServer server = RedisServer.at(URI.create(arguments[0]));
            RateLimiters limiters =
                    RateLimiters.builder(server.jedis()).keyPrefix(arguments[1]).build();
            limiters.limiter(RateLimit.of("warm", LIMIT, HOUR)).peek("warm");
            System.out.println("ready");
            // A turn begins when all processes are told of it.
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                    .lines()
                    .forEach(turn -> System.out.println("granted " + turn + " " + granted(limiters, turn)));
        }

        private static long granted(RateLimiters limiters, String turn) {
            String[] words = turn.split(" ", -1);
            RateLimiter limiter = limiters.limiter(
                    RateLimit.of("chunk" + words[1], LIMIT, Duration.ofDays(100), RateLimitAlgorithm.valueOf(words[0]))
                            .withLocalDenial(false)
                            .withLeaseChunk(Integer.parseInt(words[1])));
            return IntStream.range(0, 400)
                    .parallel()
                    .filter(i -> limiter.tryAcquire("subject").allowed())
                    .count();
        }
    }
}
