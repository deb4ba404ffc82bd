package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
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
    void whatWasTakenRunsAlsoIfTheEndComesAtOnce() {
        for (int i = 0; i < 300; i++) {
            AtomicInteger done = new AtomicInteger();
            FeatureThreads threads = new FeatureThreads("lock", false, Duration.ofSeconds(30));
            threads.executor().execute(done::incrementAndGet);
            threads.executor().execute(done::incrementAndGet);

            threads.close();

            assertThat(done).hasValue(2);
        }
    }

    @Test
    void whatIsHandedOverWhileItEndsIsRefusedOrDoneByTheCallerButNotLost() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Throwable> refusal = new CompletableFuture<>();
        AtomicReference<Thread> doneBy = new AtomicReference<>();
        FeatureThreads threads = new FeatureThreads("lock", false, Duration.ofSeconds(30));
        Executor kept = threads.executor();
        Thread closer = new Thread(threads::close);
        kept.execute(() -> {
            begun.countDown();
            while (closer.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            // It is closing, and waits for this task.
            try {
                kept.execute(() -> {});
            } catch (RejectedExecutionException ex) {
                refusal.complete(ex);
            }
            threads.executeOrRun(() -> doneBy.set(Thread.currentThread()));
        });
        assertThat(begun.await(5, TimeUnit.SECONDS)).isTrue();

        closer.start();
        closer.join(30_000);

        assertThat(refusal.get(5, TimeUnit.SECONDS)).hasMessageContaining("lock");
        assertThat(doneBy.get().getName()).startsWith("redis-state-lock-");
        threads.executeOrRun(() -> doneBy.set(Thread.currentThread()));
        assertThat(doneBy).hasValue(Thread.currentThread());
    }

    @Test
    void whatCanBeDoneInTheBackgroundIsNotDoneByTheCaller() throws Exception {
        try (FeatureThreads threads = new FeatureThreads("lock", false, Duration.ofSeconds(1))) {
            CompletableFuture<Thread> doneBy = new CompletableFuture<>();
            threads.executeOrRun(() -> doneBy.complete(Thread.currentThread()));
            assertThat(doneBy.get(5, TimeUnit.SECONDS)).isNotSameAs(Thread.currentThread());
        }
    }

    @Test
    void nothingStartsAfterTheEnd() {
        FeatureThreads threads = new FeatureThreads("lock", false, Duration.ZERO);
        threads.close();

        assertThatIllegalStateException().isThrownBy(threads::scheduler).withMessageContaining("lock");
        assertThatIllegalStateException().isThrownBy(threads::executor).withMessageContaining("lock");
    }
}
