package io.redisstate.autoconfigure;

import io.redisstate.core.JsonCodec;
import io.redisstate.ratelimit.RateLimiters;
import io.redisstate.ratelimit.http.HttpRateLimits;
import io.redisstate.ratelimit.http.InvalidRuleException;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/** What servlets and WebFlux share. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RateLimitHttpProperties.class)
class RateLimitHttpConfiguration {

    @Bean
    @ConditionalOnMissingBean
    HttpRateLimits httpRateLimits(RateLimiters limiters, RateLimitHttpProperties properties) {
        try {
            // A mapper of its own: the problem's member names are a standard's, not the application's to rename.
            return HttpRateLimits.builder(limiters, new JsonCodec(new JsonMapper()))
                    .rules(properties.toRules())
                    .trustedProxies(properties.trustedProxies())
                    .forwardedHeader(properties.forwardedHeader())
                    .ipv6Prefix(properties.ipv6Prefix())
                    .fieldsOnAllowed(properties.fieldsOnAllowed())
                    .unavailableRetryAfter(properties.unavailableRetryAfter())
                    .build();
        } catch (InvalidRuleException ex) {
            throw new InvalidConfigurationPropertyValueException(
                    RateLimitHttpProperties.PREFIX + '.' + ex.attribute(),
                    ex.given(),
                    "Allowed is " + ex.allowed() + '.',
                    ex);
        }
    }
}
