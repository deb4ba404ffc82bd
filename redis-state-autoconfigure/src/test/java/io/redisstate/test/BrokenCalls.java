package io.redisstate.test;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ScriptCall;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.QueryTimeoutException;

/** A way to Redis on which calls, or their replies, get lost as a test wants. */
public final class BrokenCalls implements CallExecutor {

    private final CallExecutor target;
    private volatile Predicate<ScriptCall<?>> lost = call -> false;
    private volatile Predicate<ScriptCall<?>> replyLost = call -> false;

    public BrokenCalls(CallExecutor target) {
        this.target = target;
    }

    /** Those don't come to the server. */
    public BrokenCalls losing(Predicate<ScriptCall<?>> calls) {
        this.lost = calls;
        return this;
    }

    /** The server does those, and nobody is told. */
    public BrokenCalls losingRepliesTo(Predicate<ScriptCall<?>> calls) {
        this.replyLost = calls;
        return this;
    }

    @Override
    public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
        if (lost.test(call)) {
            throw new QueryTimeoutException("lost by the test");
        }
        T reply = target.execute(call);
        if (replyLost.test(call)) {
            throw new QueryTimeoutException("reply lost by the test");
        }
        return reply;
    }

    @Override
    public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
        return target.executeAll(calls);
    }
}
