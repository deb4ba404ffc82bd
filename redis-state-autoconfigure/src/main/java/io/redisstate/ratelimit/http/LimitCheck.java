package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimitResult;
import java.util.List;

/** Takes permits of several limits for one subject, all or none. */
@FunctionalInterface
interface LimitCheck {

    /**
     * One round trip.
     *
     * @return what became of it, at least one result
     * @throws org.springframework.dao.DataAccessException if Redis can't be asked and a limit is then closed
     */
    List<RateLimitResult> tryAcquire(String subject, List<Demand> demands);

    /** So many permits of a limit. */
    record Demand(String limit, long cost) {}
}
