package io.redisstate.core;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a call may go to Redis at all, and learns from what became of it.
 *
 * @since 0.1
 */
public interface CallBreaker {

    /** Lets every call through. */
    CallBreaker NONE = new CallBreaker() {
        @Override
        public <T extends @Nullable Object> T call(Supplier<T> call) {
            return call.get();
        }

        @Override
        public State state() {
            return State.CLOSED;
        }
    };

    /**
     * Makes the call unless the breaker is open.
     *
     * @throws RedisUnavailableException at once if it is open
     */
    <T extends @Nullable Object> T call(Supplier<T> call);

    /** Whether calls go through now. */
    State state();

    /** As in Nygard, Release It!: closed lets calls through, open refuses them, half-open lets a few try. */
    enum State {
        /** Calls go through. */
        CLOSED,
        /** Calls fail at once. */
        OPEN,
        /** A few calls try whether Redis is back. */
        HALF_OPEN
    }
}
