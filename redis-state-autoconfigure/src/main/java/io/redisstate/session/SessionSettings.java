package io.redisstate.session;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.session.FlushMode;
import org.springframework.session.SaveMode;

/** How sessions are kept. */
record SessionSettings(
        Duration timeout,
        @Nullable Duration maxLifetime,
        Duration touchInterval,
        SaveMode saveMode,
        FlushMode flushMode,
        OnUnavailable onUnavailable,
        @Nullable SessionLimit limit,
        int activityEntries,
        Duration activityTtl) {

    /** A session that never times out is dropped after this long without a request: nothing is kept for ever. */
    private static final Duration LONGEST = Duration.ofDays(400);

    private static final int TOUCHES_PER_TIMEOUT = 10;

    /** How far the noted last access may lie behind the real one; never more than a tenth of the timeout. */
    Duration touchInterval(Duration timeout) {
        Duration share = inactive(timeout).dividedBy(TOUCHES_PER_TIMEOUT);
        return share.compareTo(touchInterval) < 0 ? share : touchInterval;
    }

    /** When a session ends that is not used any more. */
    Instant end(Instant created, Instant lastAccess, Duration timeout) {
        Instant end = lastAccess.plus(inactive(timeout)).plus(touchInterval(timeout));
        if (maxLifetime == null) {
            return end;
        }
        Instant last = created.plus(maxLifetime);
        return last.isBefore(end) ? last : end;
    }

    boolean recordsActivity() {
        return activityEntries > 0;
    }

    private static Duration inactive(Duration timeout) {
        return timeout.isNegative() ? LONGEST : timeout;
    }
}
