package io.redisstate.autoconfigure;

import io.redisstate.core.KeySpace;
import io.redisstate.lock.LockOptions;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Locks.
 *
 * @param enabled whether locks are configured
 * @param order order of the @DistributedLock advice; by default outside transactions, inside rate limits
 * @param waitTime how long to wait for a lock at most
 * @param leaseTime how long a lock stays taken if its holder's process dies
 * @param fair whether waiters of all processes get a lock in the order in which they came
 * @param handOffs how often a process passes a lock on between its own threads before another's turn, 0 to 1000
 * @param globalPrefix what the keys of locks start with that all applications share (scope GLOBAL)
 * @since 0.1
 */
@ConfigurationProperties(LockProperties.PREFIX)
public record LockProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("2147483547") int order,
        @DefaultValue("30s") Duration waitTime,
        @DefaultValue("30s") Duration leaseTime,
        @DefaultValue("false") boolean fair,
        @DefaultValue("16") int handOffs,
        @DefaultValue("global") String globalPrefix) {

    static final String PREFIX = "redis-state.lock";

    private static final Duration LONGEST = Duration.ofDays(365);

    public LockProperties {
        requireBetween("wait-time", waitTime, Duration.ZERO);
        requireBetween("lease-time", leaseTime, Duration.ofMillis(50));
        if (handOffs < 0 || handOffs > 1000) {
            throw new InvalidConfigurationPropertyValueException(
                    PREFIX + ".hand-offs", handOffs, "It must be a number from 0 to 1000.");
        }
        try {
            KeySpace.of(globalPrefix, "lock");
        } catch (IllegalArgumentException ex) {
            throw new InvalidConfigurationPropertyValueException(
                    PREFIX + ".global-prefix",
                    globalPrefix,
                    "It must have at least one character, and no braces or white space.");
        }
    }

    LockOptions toOptions() {
        return LockOptions.defaults()
                .withWaitTime(waitTime)
                .withLeaseTime(leaseTime)
                .withFair(fair);
    }

    private static void requireBetween(String name, Duration given, Duration min) {
        if (given.compareTo(min) < 0 || given.compareTo(LONGEST) > 0) {
            throw new InvalidConfigurationPropertyValueException(
                    PREFIX + '.' + name,
                    given,
                    "It must be a duration from " + min.toMillis() + " ms to " + LONGEST.toDays() + " days.");
        }
    }
}
