package io.redisstate.autoconfigure;

import java.time.Duration;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Leader elections.
 *
 * @param enabled whether elections are configured
 * @param elections the elections this application is a candidate of, by name
 * @since 0.1
 */
@ConfigurationProperties(LeaderElectionProperties.PREFIX)
public record LeaderElectionProperties(
        @DefaultValue("true") boolean enabled, @DefaultValue Map<String, Election> elections) {

    static final String PREFIX = "redis-state.leader";

    private static final Duration SHORTEST = Duration.ofMillis(50);

    /** @throws InvalidConfigurationPropertyValueException naming the property that can't be used */
    public LeaderElectionProperties {
        elections.forEach((name, election) -> {
            if (election.leaseTime().compareTo(SHORTEST) < 0) {
                throw new InvalidConfigurationPropertyValueException(
                        PREFIX + ".elections." + name + ".lease-time",
                        election.leaseTime(),
                        "It must be a duration from 50 ms.");
            }
        });
    }

    /**
     * One election.
     *
     * @param leaseTime how long a leader that died blocks the next
     */
    public record Election(@DefaultValue("10s") Duration leaseTime) {}
}
