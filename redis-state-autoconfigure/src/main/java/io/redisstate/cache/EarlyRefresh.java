package io.redisstate.cache;

import java.util.function.DoubleSupplier;

/**
 * Probabilistic early expiration (XFetch; Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede
 * Prevention, VLDB 2015): a value is refreshed before it expires if {@code now - cost * beta * ln(random) >= expiry}.
 */
final class EarlyRefresh {

    /** The largest that {@code -ln(random)} can be: random is a multiple of 2^-53, and never 0. */
    private static final double FURTHEST = 53 * Math.log(2);

    private final double beta;
    private final DoubleSupplier random;

    /**
     * The rule.
     *
     * @param random uniform in [0, 1)
     */
    EarlyRefresh(double beta, DoubleSupplier random) {
        this.beta = beta;
        this.random = random;
    }

    /** Whether this caller refreshes a value that is still fresh; times in ms, the cost in us. */
    boolean isDue(double now, double expiry, int costMicros) {
        double reach = beta * costMicros / 1_000.0;
        if (now + reach * FURTHEST < expiry) {
            return false;
        }
        return now - reach * Math.log(1 - random.getAsDouble()) >= expiry;
    }
}
