package io.redisstate.cache.near;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.redisstate.cache.entry.Entry;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.setting.NearSettings;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Every interleaving of a read with an invalidation, step by step. */
class NearCacheTests {

    private static final long VERSION = 1;

    private final NearCache near = new NearCache(new NearSettings(100, Duration.ofMinutes(1)));

    @Test
    void aValueReadWhileItsKeyIsInvalidatedDoesNotGetIn() {
        near.newEra(true);
        NearCache.Ticket ticket = near.ticket("key");
        // Redis has answered with the old value; before it gets in, the server tells of a change.
        near.changed("key");
        near.put(ticket, reading("old"), 0);
        assertThat(near.find("key", VERSION, 0)).isNull();

        near.put(near.ticket("key"), reading("new"), 0);
        assertThat(value("key")).isEqualTo("new");
    }

    @Test
    void anInvalidationAfterTheValueRemovesIt() {
        near.newEra(true);
        NearCache.Ticket ticket = near.ticket("key");
        near.put(ticket, reading("old"), 0);
        near.changed("key");
        assertThat(near.find("key", VERSION, 0)).isNull();
        // The ticket is worth nothing a second time.
        near.put(ticket, reading("old"), 0);
        assertThat(near.find("key", VERSION, 0)).isNull();
    }

    @Test
    void aValueReadBeforeTheConnectionWasLostDoesNotGetInAfterItIsBack() {
        near.newEra(true);
        NearCache.Ticket ticket = near.ticket("key");
        near.newEra(false);
        assertThat(near.ticket("key")).isNull();
        near.put(ticket, reading("old"), 0);
        assertThat(near.find("key", VERSION, 0)).isNull();
        near.newEra(true);
        near.put(ticket, reading("old"), 0);
        assertThat(near.find("key", VERSION, 0)).isNull();
    }

    @Test
    void whileChangesAreNotHeardNothingGetsIn() {
        near.put(near.ticket("key"), reading("value"), 0);
        assertThat(near.size()).isZero();
        near.newEra(false);
        near.put(near.ticket("key"), reading("value"), 0);
        assertThat(near.size()).isZero();
    }

    @Test
    void aValueOfAnotherVersionOfTheCacheIsNotGiven() {
        near.newEra(true);
        near.put(near.ticket("key"), reading("value"), 0);
        assertThat(near.find("key", VERSION + 1, 0)).isNull();
        assertThat(near.find("key", 0, 0)).isNull();
        assertThat(value("key")).isEqualTo("value");
    }

    @Test
    void aValueIsNotGivenBeyondItsFreshTimeOrTheLongestAge() {
        near.newEra(true);
        near.put(near.ticket("key"), reading("value"), 5);
        assertThat(near.find("key", VERSION, 60_004)).isNotNull();
        assertThat(near.find("key", VERSION, 60_005)).isNull();

        Entry brief = new Entry(VERSION, 0, 100, 200, 0, List.of(), false, null);
        near.put(near.ticket("key"), new Reading(Reading.State.FRESH, "value", brief, null, VERSION), 5);
        assertThat(near.find("key", VERSION, 99)).isNotNull();
        assertThat(near.find("key", VERSION, 100)).isNull();
    }

    @Test
    void racingReadersAndInvalidationsNeverLeaveAnOldValue() throws Exception {
        near.newEra(true);
        long[] truth = new long[1];
        Object server = new Object();
        CountDownLatch end = new CountDownLatch(1);
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 200_000; i++) {
                synchronized (server) {
                    truth[0]++;
                }
                near.changed("key");
            }
            end.countDown();
        });
        while (end.getCount() > 0) {
            NearCache.Ticket ticket = near.ticket("key");
            long read;
            synchronized (server) {
                read = truth[0];
            }
            near.put(ticket, reading(Long.toString(read)), 0);
        }
        writer.get(10, TimeUnit.SECONDS);
        Reading left = near.find("key", VERSION, 0);
        assertThat(left == null ? "200000" : left.value()).isEqualTo("200000");
    }

    @Test
    void badSettingsAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NearSettings(0, Duration.ofSeconds(1)))
                .withMessageContaining("near.size");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NearSettings(1, Duration.ZERO))
                .withMessageContaining("near.max-age");
    }

    private Object value(String key) {
        return Objects.requireNonNull(
                Objects.requireNonNull(near.find(key, VERSION, 0)).value());
    }

    private static Reading reading(String value) {
        return new Reading(
                Reading.State.FRESH,
                value,
                new Entry(VERSION, 0, Long.MAX_VALUE, Long.MAX_VALUE, 0, List.of(), false, null),
                null,
                VERSION);
    }
}
