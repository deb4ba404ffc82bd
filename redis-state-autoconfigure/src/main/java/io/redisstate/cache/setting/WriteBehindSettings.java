package io.redisstate.cache.setting;

import java.time.Duration;

/**
 * How one cache's writes reach the database behind the callers' backs; immutable.
 *
 * @since 0.1
 */
public final class WriteBehindSettings {

    /** What the builder begins with. */
    public static final WriteBehindSettings DEFAULT = new Builder().build();

    private final int batchSize;
    private final Duration delay;
    private final int attempts;
    private final Duration backoff;
    private final Duration maxBackoff;
    private final int maxPending;
    private final Duration lease;
    private final Duration grace;

    private WriteBehindSettings(Builder builder) {
        this.batchSize = builder.batchSize;
        this.delay = builder.delay;
        this.attempts = builder.attempts;
        this.backoff = builder.backoff;
        this.maxBackoff = builder.maxBackoff;
        this.maxPending = builder.maxPending;
        this.lease = builder.lease;
        this.grace = builder.grace;
        require(batchSize >= 1 && batchSize <= 1_000, "batch-size", batchSize, "must be from 1 to 1000");
        require(!delay.isNegative(), "delay", delay, "must not be negative");
        require(attempts >= 1, "attempts", attempts, "must be at least 1");
        require(backoff.toMillis() >= 1, "backoff", backoff, "must be at least 1 ms");
        require(
                maxBackoff.compareTo(backoff) >= 0,
                "max-backoff",
                maxBackoff,
                "must not be shorter than backoff, which is " + backoff);
        require(maxPending >= 1, "max-pending", maxPending, "must be at least 1");
        require(lease.toMillis() >= 1_000, "lease", lease, "must be at least 1 s");
        require(!grace.isNegative(), "grace", grace, "must not be negative");
    }

    private static void require(boolean allowed, String name, Object given, String rule) {
        if (!allowed) {
            throw new InvalidCacheSettingException("write-behind." + name, given, rule);
        }
    }

    /** A builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder with these settings. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.batchSize = batchSize;
        builder.delay = delay;
        builder.attempts = attempts;
        builder.backoff = backoff;
        builder.maxBackoff = maxBackoff;
        builder.maxPending = maxPending;
        builder.lease = lease;
        builder.grace = grace;
        return builder;
    }

    /** How many keys are written at once, at most. */
    public int batchSize() {
        return batchSize;
    }

    /** How long a write waits for later ones of the same key, unless there are enough for a batch. */
    public Duration delay() {
        return delay;
    }

    /** How often a key is tried before it becomes a dead letter. */
    public int attempts() {
        return attempts;
    }

    /** The pause after a first failure. */
    public Duration backoff() {
        return backoff;
    }

    /** The longest pause. */
    public Duration maxBackoff() {
        return maxBackoff;
    }

    /** How many keys may wait, dead letters included. */
    public int maxPending() {
        return maxPending;
    }

    /** How long a process that died is waited for before another takes over. */
    public Duration lease() {
        return lease;
    }

    /** How long a shutdown waits for what is pending to be written. */
    public Duration grace() {
        return grace;
    }

    /** Builds settings. Not thread-safe. */
    public static final class Builder {

        private int batchSize = 500;
        private Duration delay = Duration.ofSeconds(1);
        private int attempts = 5;
        private Duration backoff = Duration.ofMillis(200);
        private Duration maxBackoff = Duration.ofSeconds(30);
        private int maxPending = 1_000_000;
        private Duration lease = Duration.ofSeconds(10);
        private Duration grace = Duration.ofSeconds(10);

        private Builder() {}

        /** How many keys are written at once, at most; default 500, from 1 to 1000. */
        public Builder batchSize(int value) {
            this.batchSize = value;
            return this;
        }

        /**
         * How long a write waits for later ones of the same key, of which only the last is written; default 1 s. As soon as
         * there are enough for a batch they are written at once.
         */
        public Builder delay(Duration value) {
            this.delay = value;
            return this;
        }

        /**
         * How often a key is tried that fails while others succeed, before it becomes a dead letter; default 5. Failures
         * that say that the database is away are not counted: then all keys wait.
         */
        public Builder attempts(int value) {
            this.attempts = value;
            return this;
        }

        /** The pause after a first failure, which doubles with each further one; default 200 ms. */
        public Builder backoff(Duration value) {
            this.backoff = value;
            return this;
        }

        /** The longest pause; default 30 s. */
        public Builder maxBackoff(Duration value) {
            this.maxBackoff = value;
            return this;
        }

        /** How many keys may wait, dead letters included, before puts fail; default a million. */
        public Builder maxPending(int value) {
            this.maxPending = value;
            return this;
        }

        /**
         * How long a process that writes and then dies is waited for before another takes over; default 10 s, at least 1 s.
         * A process that hangs for longer may finish a batch that another has taken over.
         */
        public Builder lease(Duration value) {
            this.lease = value;
            return this;
        }

        /** How long a shutdown waits for what is pending to be written; default 10 s. What is left stays in Redis. */
        public Builder grace(Duration value) {
            this.grace = value;
            return this;
        }

        /**
         * The settings.
         *
         * @throws InvalidCacheSettingException if one is out of its bounds
         */
        public WriteBehindSettings build() {
            return new WriteBehindSettings(this);
        }
    }
}
