package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FeatureThreadsTests {

    @Test
    void threadsAreDaemonsNamedAfterTheFeature() throws Exception {
        try (FeatureThreads threads = new FeatureThreads("lock", false, Duration.ofSeconds(1))) {
            CompletableFuture<Thread> worker = new CompletableFuture<>();
            threads.executor().execute(() -> worker.complete(Thread.currentThread()));
            Thread tick = threads.scheduler().submit(Thread::currentThread).get(5, TimeUnit.SECONDS);

            assertThat(worker.get(5, TimeUnit.SECONDS).getName()).startsWith("redis-state-lock-");
            assertThat(worker.get().isDaemon()).isTrue();
            assertThat(tick.getName()).startsWith("redis-state-lock-tick-");
            assertThat(tick.isDaemon()).isTrue();
        }
    }

    @Test
    void closingWaitsForWorkUnderWayAndThenInterruptsIt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        FeatureThreads threads = new FeatureThreads("job", false, Duration.ofMillis(50));
        threads.executor().execute(() -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException ex) {
                interrupted.countDown();
            }
        });
        assertThat(begun.await(5, TimeUnit.SECONDS)).isTrue();

        threads.close();

        assertThat(interrupted.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void nothingStartsAfterTheEnd() {
        FeatureThreads threads = new FeatureThreads("lock", false, Duration.ZERO);
        threads.close();

        assertThatIllegalStateException().isThrownBy(threads::scheduler).withMessageContaining("lock");
        assertThatIllegalStateException().isThrownBy(threads::executor).withMessageContaining("lock");
    }
}
