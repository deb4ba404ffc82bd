package io.redisstate.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.redisstate.core.FeatureThreads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class JobSlotsTests {

    @Test
    void whatIsAddedWhileASlotIsFreeNeverWaitsBehindALongOne() throws Exception {
        try (FeatureThreads threads = new FeatureThreads("test", false, Duration.ofSeconds(1))) {
            for (int i = 0; i < 1_000; i++) {
                CountDownLatch second = new CountDownLatch(1);
                CountDownLatch done = new CountDownLatch(2);
                JobSlots<Boolean> slots = new JobSlots<>(2, threads, isLong -> {
                    if (isLong) {
                        await(second);
                    } else {
                        second.countDown();
                    }
                    done.countDown();
                });
                slots.add(List.of(true));
                for (int spin = i % 500; spin > 0; spin--) {
                    Thread.onSpinWait();
                }
                slots.add(List.of(false));

                boolean both = done.await(5, TimeUnit.SECONDS);
                second.countDown();
                slots.close();
                assertThat(both).as("round " + i).isTrue();
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /** Were it missed for a moment, too few threads would be started in that moment. */
    @Test
    void whatIsOnItsWayToAThreadIsCountedAllTheTime() {
        try (FeatureThreads threads = new FeatureThreads("test", false, Duration.ofSeconds(1))) {
            AtomicInteger begun = new AtomicInteger();
            AtomicInteger ended = new AtomicInteger();
            JobSlots<Integer> slots = new JobSlots<>(1, threads, round -> {
                begun.set(round);
                while (ended.get() < round) {
                    Thread.onSpinWait();
                }
            });
            for (int round = 1; round <= 20_000; round++) {
                slots.add(List.of(round));
                boolean missed = false;
                while (begun.get() < round) {
                    missed |= slots.isHungry();
                }
                ended.set(round);
                assertThat(missed).as("round " + round).isFalse();
                while (!slots.isHungry()) {
                    Thread.onSpinWait();
                }
            }
            slots.close();
        }
    }

    @Test
    void countsWhatWaitsAndWhatRuns() throws Exception {
        try (FeatureThreads threads = new FeatureThreads("test", false, Duration.ofSeconds(1))) {
            CountDownLatch begun = new CountDownLatch(2);
            CountDownLatch go = new CountDownLatch(1);
            JobSlots<String> slots = new JobSlots<>(2, threads, work -> {
                begun.countDown();
                await(go);
            });
            assertThat(slots.isHungry()).isTrue();

            slots.add(List.of("a", "b", "c", "d"));

            assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(slots.isHungry()).isFalse();
            assertThat(slots.isSaturated()).isTrue();
            assertThat(slots.takeBack()).containsExactly("c", "d");
            assertThat(slots.waiting()).isZero();
            go.countDown();
            slots.close();
        }
    }

    @Test
    void aThreadThatCouldNotBeStartedIsStartedLater() {
        FeatureThreads threads = new FeatureThreads("test", false, Duration.ofSeconds(1));
        threads.close();
        JobSlots<String> slots = new JobSlots<>(1, threads, work -> {});

        assertThatIllegalStateException().isThrownBy(() -> slots.add(List.of("a")));

        // Tried again, as no thread was counted that does not exist.
        assertThatIllegalStateException().isThrownBy(slots::startThreads);
        assertThat(slots.waiting()).isOne();
    }
}
