package io.redisstate.structure.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.redisstate.structure.Deployments;
import io.redisstate.structure.RedisStructures;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class RedisDocumentIntegrationTests {

    record Address(String street, List<String> lines) {}

    record User(String name, int logins, double balance, @Nullable Instant last, @Nullable Address address) {}

    private static final User ANN =
            new User("Änn \"{a}\"", 3, 1.5, Instant.ofEpochSecond(1_000_000), new Address("Main", List.of("a", "b")));

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final RedisStructures structures =
            RedisStructures.builder(redis.jedis()).keyPrefix(prefix).build();

    private record Kept(User user, long version) {}

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void documentsSayWhatTheModelSaysOnAnySchedule(Supplier<RedisConnectionFactory> factory) {
        Random random = new Random(System.nanoTime());
        RedisDocuments<User> users =
                Deployments.structures(factory).documents("user", User.class, Duration.ofMinutes(5));
        Map<String, Kept> model = new HashMap<>();
        Map<String, Long> highest = new HashMap<>();
        for (int i = 0; i < 300; i++) {
            String id = "{user} " + random.nextInt(3);
            RedisDocument<User> document = users.document(id);
            Kept kept = model.get(id);
            long version = kept == null ? 0 : kept.version;
            int by = random.nextInt(9) - 4;
            switch (random.nextInt(7)) {
                case 0 -> {
                    User user = new User("user " + i, by, by / 4.0, i % 2 == 0 ? null : Instant.ofEpochSecond(i), null);
                    model.put(id, new Kept(user, checked(document.save(user), version, highest.get(id))));
                }
                case 1 -> {
                    long expected = version + random.nextInt(2);
                    if (expected == version) {
                        model.put(id, new Kept(ANN, checked(document.save(ANN, expected), version, highest.get(id))));
                    } else {
                        assertThatExceptionOfType(DocumentConflictException.class)
                                .isThrownBy(() -> document.save(ANN, expected));
                    }
                }
                case 2 -> {
                    assertThat(document.update(Map.<String, Object>of("name", "n" + i, "logins", i))
                                    .orElse(0))
                            .isEqualTo(kept == null ? 0 : version + 1);
                    if (kept != null) {
                        User old = kept.user;
                        model.put(id, new Kept(new User("n" + i, i, old.balance, old.last, old.address), version + 1));
                    }
                }
                case 3 -> {
                    assertThat(document.increment("logins", by).isPresent()).isEqualTo(kept != null);
                    assertThat(document.increment("balance", 0.25).isPresent()).isEqualTo(kept != null);
                    if (kept != null) {
                        User old = kept.user;
                        User user = new User(old.name, old.logins + by, old.balance + 0.25, old.last, old.address);
                        model.put(id, new Kept(user, version + 2));
                    }
                }
                case 4 -> {
                    Optional<Versioned<User>> changed = document.change(
                            user -> new User(user.name + "!", user.logins, user.balance, user.last, user.address));
                    assertThat(changed.isPresent()).isEqualTo(kept != null);
                    changed.ifPresent(now -> model.put(id, new Kept(now.value(), now.version())));
                }
                case 5 -> {
                    assertThat(document.delete()).isEqualTo(kept != null);
                    model.remove(id);
                }
                default ->
                    assertThat(document.read("name", String.class))
                            .isEqualTo(Optional.ofNullable(kept).map(now -> now.user.name));
            }
            Kept now = model.get(id);
            if (now != null) {
                highest.put(id, now.version);
            } else if (highest.containsKey(id)) {
                long stale = highest.get(id);
                assertThatExceptionOfType(DocumentConflictException.class).isThrownBy(() -> document.save(ANN, stale));
            }
            assertThat(document.find())
                    .isEqualTo(Optional.ofNullable(now).map(k -> new Versioned<>(k.user, k.version)));
            assertThat(document.version()).isEqualTo(now == null ? 0 : now.version);
        }
        model.keySet().forEach(id -> users.document(id).delete());
    }

    /** One more than before; for a new document more than that of any which was there before. */
    private static long checked(long written, long before, @Nullable Long highest) {
        if (before > 0) {
            assertThat(written).isEqualTo(before + 1);
        } else {
            assertThat(written).isGreaterThan(highest == null ? 0 : highest);
        }
        return written;
    }

    @Test
    void aVersionOfADocumentThatIsGoneIsNoneOfItsSuccessor() {
        RedisDocument<User> document =
                structures.documents("user", User.class, null).document("again");
        long stale = document.save(ANN);
        document.delete();
        User successor = new User("Ben", 1, 0, null, null);
        long version = document.save(successor, 0);

        assertThatExceptionOfType(DocumentConflictException.class).isThrownBy(() -> document.save(ANN, stale));
        assertThatExceptionOfType(DocumentConflictException.class)
                .isThrownBy(() -> document.update(Map.of("name", "Ann"), stale));
        assertThatExceptionOfType(DocumentConflictException.class).isThrownBy(() -> document.delete(stale));
        assertThat(document.find()).contains(new Versioned<>(successor, version));
        document.delete();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void noChangeIsLostWhenManyChangeAtOnce(Supplier<RedisConnectionFactory> factory) {
        RedisDocument<User> document = Deployments.structures(factory)
                .documents("busy", User.class, Duration.ofMinutes(5))
                .document("1");
        long first = document.save(ANN);
        IntStream.range(0, 40)
                .parallel()
                .forEach(i -> document.change(
                        user -> new User(user.name, user.logins + 1, user.balance, user.last, user.address)));
        assertThat(document.find()).hasValueSatisfying(found -> {
            assertThat(found.value().logins).isEqualTo(43);
            assertThat(found.version()).isEqualTo(first + 40);
        });
        document.delete();
    }

    @Test
    void eachFieldIsAFieldOfTheHash() throws Exception {
        RedisDocument<User> document =
                structures.documents("user", User.class, null).document("ann");
        long first = document.save(ANN);
        String key = prefix + ":document:user:{ann}";
        assertThat(redis.command("HGET", key, "logins")).isEqualTo("3");
        assertThat(redis.command("HGET", key, "")).isEqualTo(String.valueOf(first));
        assertThat(first / 1_000_000).isCloseTo(Instant.now().getEpochSecond(), within(3_600L));
        assertThat(document.read("address", Address.class)).hasValue(new Address("Main", List.of("a", "b")));
        assertThat(document.read("missing", String.class)).isEmpty();
        assertThat(redis.count(() -> document.read("name", String.class)).total())
                .isEqualTo(1);
        assertThat(redis.count(document::find).total()).isEqualTo(1);
        assertThat(document.update(Map.of("name", "Ben"), first)).isEqualTo(first + 1);
        assertThatExceptionOfType(DocumentConflictException.class)
                .isThrownBy(() -> document.update(Map.of("name", "Cid"), first))
                .withMessageContaining(key);
        assertThatExceptionOfType(DocumentConflictException.class).isThrownBy(() -> document.delete(first));
        assertThat(document.delete(first + 1)).isTrue();
        assertThat(document.delete(first + 1)).isFalse();
        assertThat(redis.keys(prefix)).isEmpty();
    }

    @Test
    void whatIsNoObjectIsRefused() {
        RedisDocument<String> text =
                structures.documents("text", String.class, null).document("1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text.save("plain"))
                .withMessageContaining("java.lang.String is no JSON object");
        assertThatIllegalArgumentException().isThrownBy(() -> text.update(Map.of("", 1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> structures.documents("text", String.class, Duration.ZERO))
                .withMessageContaining("time to live");
    }

    @Test
    void aDocumentEndsAfterItsLastChange() {
        RedisDocument<User> document =
                structures.documents("short", User.class, Duration.ofMinutes(5)).document("1");
        document.save(ANN);
        document.increment("logins", 1);
        assertThat((Long) redis.command("PTTL", prefix + ":document:short:{1}")).isBetween(200_000L, 300_000L);
        document.delete();
    }
}
