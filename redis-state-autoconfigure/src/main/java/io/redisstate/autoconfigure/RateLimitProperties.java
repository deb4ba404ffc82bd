package io.redisstate.autoconfigure;

import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Rate limits.
 *
 * @param enabled whether rate limits are configured
 * @param order order of the @RateLimited advice; by default outside locks and transactions
 * @param limits the limits by name
 * @since 0.1
 */
@ConfigurationProperties(RateLimitProperties.PREFIX)
public record RateLimitProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("2147483447") int order,
        @DefaultValue Map<String, Limit> limits) {

    static final String PREFIX = "redis-state.rate-limit";

    /** @throws InvalidConfigurationPropertyValueException naming the property that can't be used */
    Map<String, RateLimit> toLimits() {
        Map<String, RateLimit> all = new TreeMap<>();
        limits.forEach((name, limit) -> all.put(name, limit.toLimit(name)));
        return all;
    }

    /**
     * One limit.
     *
     * @param limit permits in each period, at least 1
     * @param per the period, at least 1 ms
     * @param algorithm how it counts
     * @param burst size of a token bucket, at least 1; the limit by default
     * @param failOpen whether calls go through while Redis can't be asked; if not, they are denied
     * @param localDenial whether a denied subject is remembered in the process until it could succeed
     * @param leaseChunk permits of a fixed window that a process may take at once; 0 asks for each call
     */
    public record Limit(
            @Nullable Long limit,
            @Nullable Duration per,
            @DefaultValue("token-bucket") RateLimitAlgorithm algorithm,
            @Nullable Long burst,
            @DefaultValue("true") boolean failOpen,
            @DefaultValue("true") boolean localDenial,
            @DefaultValue("0") int leaseChunk) {

        RateLimit toLimit(String name) {
            if (limit == null || limit < 1) {
                throw invalid(name, "limit", limit, "It must be a number of permits from 1.");
            }
            if (per == null || per.toMillis() < 1) {
                throw invalid(name, "per", per, "It must be a duration from 1 ms, such as 1s or 10m.");
            }
            if (burst != null && burst < 1) {
                throw invalid(name, "burst", burst, "It must be a number of permits from 1.");
            }
            try {
                return new RateLimit(
                        name, limit, per, algorithm, burst == null ? limit : burst, failOpen, localDenial, leaseChunk);
            } catch (IllegalArgumentException ex) {
                throw new InvalidConfigurationPropertyValueException(
                        PREFIX + ".limits." + name, this, String.valueOf(ex.getMessage()), ex);
            }
        }

        private static InvalidConfigurationPropertyValueException invalid(
                String name, String attribute, @Nullable Object given, String allowed) {
            return new InvalidConfigurationPropertyValueException(
                    PREFIX + ".limits." + name + '.' + attribute, given, allowed);
        }
    }
}
