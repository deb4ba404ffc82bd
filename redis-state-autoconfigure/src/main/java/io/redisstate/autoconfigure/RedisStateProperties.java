package io.redisstate.autoconfigure;

import io.redisstate.core.KeySpace;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;

/**
 * What all features share.
 *
 * @param enabled whether anything of Redis State is configured
 * @param keyPrefix what all keys and channels start with; the application's name by default, else redis-state
 * @param retry how failed calls are repeated
 * @param circuitBreaker when Redis is left alone for a while; needs Resilience4j's circuit breaker on the class path
 * @param wakeUp how waiters are told
 * @since 0.1
 */
@ConfigurationProperties(RedisStateProperties.PREFIX)
public record RedisStateProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable String keyPrefix,
        @DefaultValue Retry retry,
        @DefaultValue CircuitBreaker circuitBreaker,
        @DefaultValue WakeUp wakeUp) {

    static final String PREFIX = "redis-state";

    /**
     * What all keys start with: as set, else the application's name.
     *
     * @throws InvalidConfigurationPropertyValueException if keys can't start with it
     */
    public String keyPrefixOr(Environment environment) {
        String prefix = keyPrefix == null ? environment.getProperty("spring.application.name", PREFIX) : keyPrefix;
        try {
            KeySpace.of(prefix, "any");
        } catch (IllegalArgumentException ex) {
            throw new InvalidConfigurationPropertyValueException(
                    PREFIX + ".key-prefix",
                    prefix,
                    ex.getMessage() + ". If it is not set, it is the value of spring.application.name.",
                    ex);
        }
        return prefix;
    }

    /**
     * How failed calls are repeated: only where that is safe.
     *
     * @param attempts how often a failed call is sent again, from 0
     * @param firstWait the wait before the first repetition, from 1 ms; it doubles with each
     * @param maxWait the longest wait, not below the first
     */
    public record Retry(
            @DefaultValue("3") int attempts,
            @DefaultValue("50ms") Duration firstWait,
            @DefaultValue("500ms") Duration maxWait) {

        public Retry {
            require(attempts >= 0, "retry.attempts", attempts, "It must be a number from 0.");
            require(firstWait.toMillis() >= 1, "retry.first-wait", firstWait, "It must be a duration from 1 ms.");
            require(
                    maxWait.compareTo(firstWait) >= 0,
                    "retry.max-wait",
                    maxWait,
                    "It must not be shorter than redis-state.retry.first-wait, which is " + firstWait + '.');
        }
    }

    /**
     * When Redis is left alone for a while.
     *
     * @param enabled whether there is a circuit breaker
     * @param failureRate percentage of failed calls at which it opens, above 0 to 100
     * @param slidingWindow how many of the latest calls are looked at, from 1
     * @param minimumCalls how many calls must have been made before it may open, from 1
     * @param openTime how long no call is made then, from 1 ms
     * @param halfOpenCalls how many calls try after that whether Redis is back, from 1
     */
    public record CircuitBreaker(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("50") float failureRate,
            @DefaultValue("50") int slidingWindow,
            @DefaultValue("20") int minimumCalls,
            @DefaultValue("5s") Duration openTime,
            @DefaultValue("5") int halfOpenCalls) {

        public CircuitBreaker {
            require(
                    failureRate > 0 && failureRate <= 100,
                    "circuit-breaker.failure-rate",
                    failureRate,
                    "It must be a percentage above 0, at most 100.");
            requireOne("sliding-window", slidingWindow);
            requireOne("minimum-calls", minimumCalls);
            requireOne("half-open-calls", halfOpenCalls);
            require(
                    openTime.toMillis() >= 1,
                    "circuit-breaker.open-time",
                    openTime,
                    "It must be a duration from 1 ms, such as 5s.");
        }

        private static void requireOne(String name, int given) {
            require(given >= 1, "circuit-breaker." + name, given, "It must be a number of calls from 1.");
        }
    }

    /**
     * How waiters are told.
     *
     * @param safetyPoll how long a waiter relies on messages before it looks by itself, from 100 ms
     */
    public record WakeUp(@DefaultValue("10s") Duration safetyPoll) {

        public WakeUp {
            require(
                    safetyPoll.toMillis() >= 100,
                    "wake-up.safety-poll",
                    safetyPoll,
                    "It must be a duration from 100 ms, such as 10s.");
        }
    }

    private static void require(boolean allowed, String name, Object given, String reason) {
        if (!allowed) {
            throw new InvalidConfigurationPropertyValueException(PREFIX + '.' + name, given, reason);
        }
    }
}
