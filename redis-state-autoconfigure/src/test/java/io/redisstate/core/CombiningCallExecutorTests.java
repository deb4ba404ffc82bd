package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who sends what together; that what is sent together comes back right is shown on real servers. */
class CombiningCallExecutorTests {

    private static final int LANES = 8;
    private static final Script<Long> ECHO = Script.load(CombiningCallExecutorTests.class, "echo", Reply.LONG);

    private final Gate gate = new Gate();
    private CombiningCallExecutor calls = new CombiningCallExecutor(gate, Duration.ofMinutes(1));

    /** Holds single calls until it is opened, replies to each with its own argument, and notes what came together. */
    private static final class Gate implements CallExecutor {

        private final CountDownLatch open = new CountDownLatch(1);
        private final AtomicInteger inside = new AtomicInteger();
        private final Queue<Integer> together = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean broken = new AtomicBoolean();

        @Override
        public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
            inside.incrementAndGet();
            try {
                assertThat(open.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException ex) {
                throw new IllegalStateException(ex);
            }
            return reply(call);
        }

        @Override
        public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> sent) {
            together.add(sent.size());
            if (broken.get()) {
                throw new IllegalStateException("broken");
            }
            List<Outcome<T>> outcomes = new ArrayList<>();
            for (ScriptCall<T> call : sent) {
                outcomes.add(
                        argument(call) < 0
                                ? new Outcome<>(null, new IllegalStateException("refused " + argument(call)))
                                : new Outcome<>(reply(call), null));
            }
            return outcomes;
        }

        @SuppressWarnings("unchecked") // all calls here reply with an integer
        private static <T extends @Nullable Object> T reply(ScriptCall<T> call) {
            return (T) Long.valueOf(argument(call));
        }

        private static long argument(ScriptCall<?> call) {
            return Long.parseLong(new String(call.arguments().get(0), StandardCharsets.UTF_8));
        }
    }

    private FutureTask<Long> call(long argument) {
        FutureTask<Long> task = new FutureTask<>(() -> calls.execute(ECHO.call(List.of("key"), argument)));
        Thread thread = new Thread(task, "caller " + argument);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private List<FutureTask<Long>> fillLanes() {
        List<FutureTask<Long>> tasks = new ArrayList<>();
        for (int i = 0; i < LANES; i++) {
            tasks.add(call(i));
        }
        await().until(() -> gate.inside.get() == LANES);
        return tasks;
    }

    private void awaitQueued(int count) {
        await().until(() -> calls.queued() == count);
    }

    @Test
    void aCallOnItsOwnIsSentOnItsOwn() {
        gate.open.countDown();

        assertThat(calls.execute(ECHO.call(List.of("key"), 7))).isEqualTo(7);
        assertThat(gate.together).isEmpty();
    }

    @Test
    void callsThatFindAllLanesBusyGoTogetherAndEachGetsItsOwnReply() throws Exception {
        List<FutureTask<Long>> tasks = fillLanes();
        for (int i = LANES; i < 4 * LANES; i++) {
            tasks.add(call(i));
        }
        awaitQueued(3 * LANES);
        gate.open.countDown();

        for (int i = 0; i < tasks.size(); i++) {
            assertThat(tasks.get(i).get(10, TimeUnit.SECONDS)).isEqualTo(i);
        }
        assertThat(gate.inside).hasValue(LANES);
        assertThat(gate.together.stream().mapToInt(size -> size).sum()).isEqualTo(3 * LANES);
        assertThat(gate.together).hasSizeLessThanOrEqualTo(LANES);
    }

    @Test
    void oneRefusedCallDoesNotFailThoseSentWithIt() throws Exception {
        List<FutureTask<Long>> tasks = fillLanes();
        FutureTask<Long> good = call(100);
        FutureTask<Long> bad = call(-1);
        awaitQueued(2);
        gate.open.countDown();

        assertThat(good.get(10, TimeUnit.SECONDS)).isEqualTo(100);
        assertThat(bad).failsWithin(Duration.ofSeconds(10));
        for (FutureTask<Long> task : tasks) {
            assertThat(task.get(10, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void whoeverNoLaneServesGoesAlone() throws Exception {
        calls = new CombiningCallExecutor(gate, Duration.ofMillis(50));
        List<FutureTask<Long>> stuck = fillLanes();

        FutureTask<Long> patient = call(100);
        await().until(() -> gate.inside.get() == LANES + 1);

        assertThat(gate.together).isEmpty();
        gate.open.countDown();
        assertThat(patient.get(10, TimeUnit.SECONDS)).isEqualTo(100);
        for (FutureTask<Long> task : stuck) {
            assertThat(task.get(10, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void anInterruptStaysPendingAndTheCallIsMade() throws Exception {
        fillLanes();
        AtomicBoolean pending = new AtomicBoolean();
        FutureTask<Long> task = new FutureTask<>(() -> {
            Thread.currentThread().interrupt();
            Long reply = calls.execute(ECHO.call(List.of("key"), 5));
            pending.set(Thread.interrupted());
            return reply;
        });
        Thread thread = new Thread(task);
        thread.start();
        awaitQueued(1);
        gate.open.countDown();

        assertThat(task.get(10, TimeUnit.SECONDS)).isEqualTo(5);
        assertThat(pending).isTrue();
    }

    @Test
    void aPipelineThatFailsFailsItsCallsAndFreesItsLane() throws Exception {
        fillLanes();
        gate.broken.set(true);
        List<FutureTask<Long>> tasks = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            tasks.add(call(100 + i));
        }
        awaitQueued(3);
        gate.open.countDown();
        for (FutureTask<Long> task : tasks) {
            assertThat(task).failsWithin(Duration.ofSeconds(10));
        }

        gate.broken.set(false);
        assertThat(calls.execute(ECHO.call(List.of("key"), 7))).isEqualTo(7);
    }
}
