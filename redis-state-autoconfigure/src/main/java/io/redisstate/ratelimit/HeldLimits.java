package io.redisstate.ratelimit;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What several limits said to one call, and the permits it holds meanwhile. Thread-safe.
 *
 * @since 0.1
 */
public final class HeldLimits implements AutoCloseable {

    private final List<RateLimitResult> results;
    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    HeldLimits(List<RateLimitResult> results, Runnable release) {
        this.results = List.copyOf(results);
        this.release = release;
    }

    /** What each limit said. */
    public List<RateLimitResult> results() {
        return results;
    }

    /** The denial with the longest wait, if there is one. */
    public Optional<RateLimitResult> denial() {
        return results.stream().filter(result -> !result.allowed()).max((a, b) -> a.retryAfter()
                .compareTo(b.retryAfter()));
    }

    /** Gives the permits of concurrency limits back. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release.run();
        }
    }
}
