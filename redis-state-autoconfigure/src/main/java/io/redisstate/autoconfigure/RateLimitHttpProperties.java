package io.redisstate.autoconfigure;

import io.redisstate.ratelimit.http.ForwardedHeader;
import io.redisstate.ratelimit.http.HttpRateLimitRule;
import io.redisstate.ratelimit.http.HttpRateLimitRule.MissingKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Rate limits over HTTP.
 *
 * @param enabled whether URL rules are applied and exceptions become 429
 * @param order order of the filter; the default is after Spring Security's, so that the principal is known
 * @param fieldsOnAllowed whether answers to allowed requests carry the RateLimit fields too
 * @param trustedProxies addresses and CIDR ranges of the proxies whose forwarding header is believed
 * @param forwardedHeader the one header in which trusted proxies say for whom they ask
 * @param ipv6Prefix how many leading bits of an IPv6 address make one client, 1 to 128
 * @param unavailableRetryAfter what Retry-After says when Redis can't be asked and the limit fails then
 * @param rules which requests count against which limit
 * @since 0.1
 */
@ConfigurationProperties(RateLimitHttpProperties.PREFIX)
public record RateLimitHttpProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("-50") int order,
        @DefaultValue("true") boolean fieldsOnAllowed,
        @DefaultValue List<String> trustedProxies,
        @DefaultValue("x-forwarded-for") ForwardedHeader forwardedHeader,
        @DefaultValue("64") int ipv6Prefix,
        @DefaultValue("5s") Duration unavailableRetryAfter,
        @DefaultValue List<Rule> rules) {

    static final String PREFIX = "redis-state.rate-limit.http";

    List<HttpRateLimitRule> toRules() {
        List<HttpRateLimitRule> all = new ArrayList<>();
        for (int i = 0; i < rules.size(); i++) {
            all.add(rules.get(i).toRule(i));
        }
        return all;
    }

    /**
     * Which requests count against which limit.
     *
     * @param path path pattern without the context path, such as /api/**
     * @param methods HTTP methods; all of them if empty
     * @param key what is counted by, one or more of header:&lt;name&gt;, principal, remote-address and all
     * @param limit name of the limit
     * @param cost permits a request takes
     * @param missingKey what happens to a request without the header or principal
     */
    public record Rule(
            @Nullable String path,
            @DefaultValue Set<String> methods,
            @DefaultValue("remote-address") List<String> key,
            @Nullable String limit,
            @DefaultValue("1") long cost,
            @DefaultValue("remote-address") MissingKey missingKey) {

        private HttpRateLimitRule toRule(int index) {
            return new HttpRateLimitRule(
                    required(index, "path", path), methods, key, required(index, "limit", limit), cost, missingKey);
        }

        private static String required(int index, String attribute, @Nullable String value) {
            if (value == null || value.isBlank()) {
                throw new InvalidConfigurationPropertyValueException(
                        PREFIX + ".rules[" + index + "]." + attribute, value, "It must be set.");
            }
            return value;
        }
    }
}
