package io.redisstate.test;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ScriptCall;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A way to Redis on which a test holds a reply back: the server has answered, and the caller does not know it yet. */
public final class HeldReplies implements CallExecutor {

    private static final long LIMIT = 20;

    private final CallExecutor target;
    private final AtomicReference<@Nullable Hold> next = new AtomicReference<>();

    public HeldReplies(CallExecutor target) {
        this.target = target;
    }

    /** One reply that is held back, or several of one round trip. */
    public static final class Hold {

        private final Predicate<ScriptCall<?>> calls;
        private final CountDownLatch answered = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        private Hold(Predicate<ScriptCall<?>> calls) {
            this.calls = calls;
        }

        /** Waits until the server has answered. */
        public void awaitAnswered() throws InterruptedException {
            await(answered);
        }

        /** Gives the reply to who asked. */
        public void release() {
            released.countDown();
        }

        private static void await(CountDownLatch latch) throws InterruptedException {
            if (!latch.await(LIMIT, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Nobody came within " + LIMIT + " s");
            }
        }
    }

    /** Holds back the next reply to such a call. */
    public Hold holdNext(Predicate<ScriptCall<?>> calls) {
        Hold hold = new Hold(calls);
        next.set(hold);
        return hold;
    }

    @Override
    public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
        T reply = target.execute(call);
        hold(List.of(call));
        return reply;
    }

    @Override
    public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
        List<Outcome<T>> replies = target.executeAll(calls);
        hold(calls);
        return replies;
    }

    private void hold(List<? extends ScriptCall<?>> calls) {
        Hold hold = next.get();
        if (hold == null || calls.stream().noneMatch(hold.calls) || !next.compareAndSet(hold, null)) {
            return;
        }
        hold.answered.countDown();
        try {
            Hold.await(hold.released);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while a reply was held back", ex);
        }
    }
}
