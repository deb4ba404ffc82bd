package io.redisstate.ratelimit;

import java.math.BigInteger;
import java.time.Duration;

/**
 * How often something may be done.
 *
 * @param name what the limit is called in configuration, keys and {@code RateLimit} fields; not blank
 * @param limit how many permits; 1 to 9,007,199,254,740,991, with a sliding log or a concurrency limit to 100,000
 * @param per the time they are for, or of a permit at {@link RateLimitAlgorithm#CONCURRENCY}; 1 ms to 366 days
 * @param algorithm what exactly is promised. Default token bucket
 * @param burst how many permits a full token bucket has; 1 or more. Default {@code limit}; ignored by other algorithms
 * @param failOpen whether calls are allowed while Redis can't be asked. Default true; if false they are denied
 * @param localDenial whether a subject that was denied is remembered in the process until it could succeed, so that a flood
 *     costs no round trips. Default true; never done for concurrency
 * @param leaseChunk how many permits a process may take at once to spend them without asking; 0 asks each time, the
 *     default. Only for fixed windows, whose promise it keeps: permits not spent when their window ends are lost
 * @since 0.1
 */
public record RateLimit(
        String name,
        long limit,
        Duration per,
        RateLimitAlgorithm algorithm,
        long burst,
        boolean failOpen,
        boolean localDenial,
        int leaseChunk) {

    private static final long MAX_LIMIT = 9_007_199_254_740_991L;
    private static final Duration MIN_PER = Duration.ofMillis(1);
    private static final Duration MAX_PER = Duration.ofDays(366);
    /** A sorted set has a member for each permit: more would block the server for too long. */
    private static final long MAX_MEMBERS = 100_000;

    /** The greatest whole number up to which Lua counts exactly. */
    private static final BigInteger EXACT = BigInteger.TWO.pow(53);

    /**
     * A limit, checked.
     *
     * @throws IllegalArgumentException if a value is out of its bounds; the message names the limit and the value
     */
    public RateLimit {
        if (name.isBlank()) {
            throw new IllegalArgumentException("The name of a rate limit is blank; allowed is any other text");
        }
        require(name, limit >= 1 && limit <= MAX_LIMIT, "limit", limit, "1 to " + MAX_LIMIT);
        require(
                name,
                per.compareTo(MIN_PER) >= 0 && per.compareTo(MAX_PER) <= 0,
                "per",
                per,
                "1 ms to " + MAX_PER.toDays() + " days");
        require(
                name,
                limit <= MAX_MEMBERS
                        || algorithm != RateLimitAlgorithm.SLIDING_LOG && algorithm != RateLimitAlgorithm.CONCURRENCY,
                "limit",
                limit + " with " + algorithm,
                "1 to " + MAX_MEMBERS + ", since each permit is a member of a sorted set; or SLIDING_WINDOW");
        require(name, burst >= 1 && burst <= MAX_LIMIT, "burst", burst, "1 to " + MAX_LIMIT);
        require(
                name,
                leaseChunk == 0 || leaseChunk > 0 && algorithm == RateLimitAlgorithm.FIXED_WINDOW,
                "leaseChunk",
                leaseChunk + " with " + algorithm,
                "0, or more with FIXED_WINDOW");
        requireExact(name, limit, per, algorithm, burst);
    }

    private static void requireExact(String name, long limit, Duration per, RateLimitAlgorithm algorithm, long burst) {
        BigInteger micros = BigInteger.valueOf(micros(per));
        BigInteger greatest = algorithm == RateLimitAlgorithm.TOKEN_BUCKET
                ? micros.divide(micros.gcd(BigInteger.valueOf(limit))).multiply(BigInteger.valueOf(burst))
                : micros.multiply(BigInteger.valueOf(limit));
        boolean counted =
                algorithm == RateLimitAlgorithm.TOKEN_BUCKET || algorithm == RateLimitAlgorithm.SLIDING_WINDOW;
        require(
                name,
                !counted || greatest.compareTo(EXACT) < 0,
                "limit",
                limit + " per " + per,
                "smaller, or a shorter per, so that Redis counts exactly; or FIXED_WINDOW");
    }

    private static void require(String name, boolean valid, String what, Object value, String allowed) {
        if (!valid) {
            throw new IllegalArgumentException(
                    "The " + what + " of rate limit '" + name + "' is " + value + "; allowed is " + allowed);
        }
    }

    /** A token bucket of {@code limit} permits that refills in {@code per}. */
    public static RateLimit of(String name, long limit, Duration per) {
        return of(name, limit, per, RateLimitAlgorithm.TOKEN_BUCKET);
    }

    /** A limit with the defaults of everything else. */
    public static RateLimit of(String name, long limit, Duration per, RateLimitAlgorithm algorithm) {
        return new RateLimit(name, limit, per, algorithm, limit, true, true, 0);
    }

    /** This limit with another {@link #algorithm()}. */
    public RateLimit withAlgorithm(RateLimitAlgorithm other) {
        return new RateLimit(name, limit, per, other, burst, failOpen, localDenial, leaseChunk);
    }

    /** This limit with another {@link #burst()}. */
    public RateLimit withBurst(long permits) {
        return new RateLimit(name, limit, per, algorithm, permits, failOpen, localDenial, leaseChunk);
    }

    /** This limit with another {@link #failOpen()}. */
    public RateLimit withFailOpen(boolean open) {
        return new RateLimit(name, limit, per, algorithm, burst, open, localDenial, leaseChunk);
    }

    /** This limit with another {@link #localDenial()}. */
    public RateLimit withLocalDenial(boolean local) {
        return new RateLimit(name, limit, per, algorithm, burst, failOpen, local, leaseChunk);
    }

    /** This limit with another {@link #leaseChunk()}. */
    public RateLimit withLeaseChunk(int permits) {
        return new RateLimit(name, limit, per, algorithm, burst, failOpen, localDenial, permits);
    }

    /** The most permits there can be at once. */
    public long most() {
        return algorithm == RateLimitAlgorithm.TOKEN_BUCKET ? burst : limit;
    }

    long micros() {
        return micros(per);
    }

    private static long micros(Duration duration) {
        return Math.addExact(Math.multiplyExact(duration.toSeconds(), 1_000_000L), duration.toNanosPart() / 1_000);
    }

    /** The numbers a, b and c of the scripts. */
    long[] numbers() {
        if (algorithm != RateLimitAlgorithm.TOKEN_BUCKET) {
            return new long[] {limit, 0, micros()};
        }
        long common =
                BigInteger.valueOf(micros()).gcd(BigInteger.valueOf(limit)).longValueExact();
        long permit = micros() / common;
        return new long[] {burst * permit, limit / common, permit};
    }
}
