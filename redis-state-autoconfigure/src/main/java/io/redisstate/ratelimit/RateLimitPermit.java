package io.redisstate.ratelimit;

/**
 * Permits of a {@link RateLimitAlgorithm#CONCURRENCY} limit, held until they are given back or their time is over.
 *
 * <p>Thread-safe.
 *
 * @since 0.1
 */
public interface RateLimitPermit extends AutoCloseable {

    /** What the limit said. */
    RateLimitResult result();

    /**
     * Begins the time of the permits anew; one round trip.
     *
     * @return false if they had ended already
     */
    boolean renew();

    /** Gives the permits back; one round trip, once. */
    @Override
    void close();
}
