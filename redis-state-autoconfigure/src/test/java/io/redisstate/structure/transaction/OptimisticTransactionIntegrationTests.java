package io.redisstate.structure.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.structure.Deployments;
import io.redisstate.structure.RedisStructures;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.RedisOperations;
import org.springframework.data.redis.core.StringRedisTemplate;

@RedisTest
class OptimisticTransactionIntegrationTests {

    enum Transfer {
        DONE,
        NOT_ENOUGH
    }

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();

    private String account(int number) {
        return "{" + prefix + "}:account:" + number;
    }

    private static long balance(RedisOperations<String, String> redis, String account) {
        String text = redis.opsForValue().get(account);
        return text == null ? 0 : Long.parseLong(text);
    }

    private Transfer transfer(OptimisticTransaction transaction, String from, String to, long amount) {
        return transaction.execute(List.of(from, to), reading -> {
            if (balance(reading, from) < amount) {
                return TransactionStep.abandon(Transfer.NOT_ENOUGH);
            }
            return TransactionStep.commit(
                    writing -> {
                        writing.opsForValue().decrement(from, amount);
                        writing.opsForValue().increment(to, amount);
                    },
                    Transfer.DONE);
        });
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void creditIsNeitherLostNorMadeAndNoAccountIsOverdrawn(Supplier<RedisConnectionFactory> factory) throws Exception {
        RedisStructures structures = Deployments.structures(factory);
        OptimisticTransaction transaction = structures.transaction().withAttempts(10_000);
        StringRedisTemplate template = new StringRedisTemplate(factory.get());
        IntStream.range(0, 3).forEach(i -> template.opsForValue().set(account(i), "50"));
        List<CompletableFuture<Void>> workers = new ArrayList<>();
        AtomicInteger done = new AtomicInteger();
        for (int worker = 0; worker < 3; worker++) {
            long seed = System.nanoTime() + worker;
            workers.add(CompletableFuture.runAsync(
                    () -> {
                        Random random = new Random(seed);
                        for (int i = 0; i < 20; i++) {
                            int from = random.nextInt(3);
                            String to = account((from + 1 + random.nextInt(2)) % 3);
                            if (transfer(transaction, account(from), to, random.nextInt(60)) == Transfer.DONE) {
                                done.incrementAndGet();
                            }
                        }
                    },
                    command -> new Thread(command).start()));
        }
        for (CompletableFuture<Void> worker : workers) {
            worker.get(90, TimeUnit.SECONDS);
        }
        List<Long> balances = IntStream.range(0, 3)
                .mapToObj(i -> balance(template, account(i)))
                .toList();
        assertThat(balances).allMatch(balance -> balance >= 0);
        assertThat(balances.stream().mapToLong(Long::longValue).sum()).isEqualTo(150);
        assertThat(done.get()).isPositive();
        IntStream.range(0, 3).forEach(i -> template.delete(account(i)));
        structures.close();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void aWriteInBetweenBeginsTheTransactionAnew(Supplier<RedisConnectionFactory> factory) {
        RedisStructures structures = Deployments.structures(factory);
        StringRedisTemplate other = new StringRedisTemplate(factory.get());
        AtomicInteger attempts = new AtomicInteger();
        List<Object> replies = structures.transaction().execute(List.of(account(7)), reading -> {
            long read = balance(reading, account(7));
            if (attempts.incrementAndGet() < 4) {
                other.opsForValue().increment(account(7));
            }
            return TransactionStep.commitFor(
                    writing -> {
                        writing.opsForValue().set(account(7), String.valueOf(read * 10));
                        writing.opsForValue().increment(account(7), 5);
                    },
                    all -> all);
        });
        assertThat(attempts).hasValue(4);
        assertThat(replies).hasSize(2).last().isEqualTo(35L);

        assertThatExceptionOfType(TransactionConflictException.class)
                .isThrownBy(() -> structures.transaction().withAttempts(3).execute(List.of(account(7)), reading -> {
                    other.opsForValue().increment(account(7));
                    return TransactionStep.commit(writing -> writing.delete(account(7)), "deleted");
                }))
                .withMessageContaining("during each of 3 attempts");
        assertThat(balance(other, account(7))).isEqualTo(38);
        other.delete(account(7));
        structures.close();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void whatThrowsWritesNothingAndLeavesTheConnectionUsable(Supplier<RedisConnectionFactory> factory) {
        RedisStructures structures = Deployments.structures(factory);
        OptimisticTransaction transaction = structures.transaction();
        StringRedisTemplate other = new StringRedisTemplate(factory.get());
        for (int i = 0; i < 3; i++) {
            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(() -> transaction.execute(List.of(account(9)), reading -> {
                        return TransactionStep.commit(
                                writing -> {
                                    writing.opsForValue().set(account(9), "1");
                                    throw new IllegalStateException("on purpose");
                                },
                                "never");
                    }));
            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(() -> transaction.execute(List.of(account(9)), reading -> {
                        throw new IllegalStateException("on purpose");
                    }));
            assertThat(transaction.<String>execute(List.of(account(9)), reading -> TransactionStep.abandon("none")))
                    .isEqualTo("none");
        }
        assertThat(other.hasKey(account(9))).isFalse();
        String written = transaction.execute(
                List.of(account(9)),
                reading ->
                        TransactionStep.commit(writing -> writing.opsForValue().set(account(9), "1"), "written"));
        assertThat(written).isEqualTo("written");
        assertThat(other.delete(account(9))).isTrue();
        structures.close();
    }

    @Test
    void aTransactionFollowsItsKeysWhenTheirNodeFailsOver() {
        try (RedisCluster cluster = RedisCluster.start();
                RedisStructures structures =
                        RedisStructures.builder(cluster.jedis()).build()) {
            OptimisticTransaction transaction = structures.transaction().withAttempts(200);
            StringRedisTemplate template = new StringRedisTemplate(cluster.jedis());
            template.opsForValue().set(account(1), "50");
            assertThat(transfer(transaction, account(1), account(2), 20)).isEqualTo(Transfer.DONE);
            await().atMost(Duration.ofSeconds(30)).until(() -> isReplicated(cluster.nodeOf(account(1))));

            cluster.failOver(account(1));

            assertThat(transfer(transaction, account(1), account(2), 20)).isEqualTo(Transfer.DONE);
            assertThat(transfer(transaction, account(1), account(2), 20)).isEqualTo(Transfer.NOT_ENOUGH);
            assertThat(balance(template, account(2))).isEqualTo(40);
        }
    }

    private static boolean isReplicated(RedisServer primary) {
        String info = String.valueOf(primary.command("INFO", "replication"));
        Matcher offsets = Pattern.compile("(?s)slave0:[^\\r]*offset=(\\d+).*master_repl_offset:(\\d+)")
                .matcher(info);
        return offsets.find() && offsets.group(1).equals(offsets.group(2));
    }

    @Test
    void badRequestsAreNamed() {
        RedisStructures cluster =
                RedisStructures.builder(RedisCluster.shared().jedis()).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transfer(cluster.transaction(), "account:1", "account:2", 1))
                .withMessageContaining("different slots")
                .withMessageContaining("account:{eu}:42");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cluster.transaction().execute(List.of(), reading -> TransactionStep.abandon("")))
                .withMessageContaining("needs a key");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cluster.transaction().withAttempts(0));
        cluster.close();
    }
}
