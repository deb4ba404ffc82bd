package io.redisstate.ratelimit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.redisstate.core.JsonCodec;
import io.redisstate.core.RedisUnavailableException;
import io.redisstate.ratelimit.http.HttpRateLimitRule.MissingKey;
import io.redisstate.ratelimit.http.LimitCheck.Demand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class HttpRateLimitsTests {

    private final CountingLimits limits = new CountingLimits().limit("api", 2).limit("daily", 5);

    @Test
    void ruleMatchesByPathAndMethod() {
        HttpRateLimits rules = rules(new HttpRateLimitRule(
                "/orders/{id}", Set.of("post"), List.of("all"), "api", 1, MissingKey.REMOTE_ADDRESS));
        assertThat(rules.match(StubRequest.post("/orders/42"))).containsOnlyKeys("all");
        assertThat(rules.match(StubRequest.get("/orders/42"))).isEmpty();
        assertThat(rules.match(StubRequest.post("/orders"))).isEmpty();
        assertThat(rules.match(StubRequest.post("/orders;a=b/4%32"))).containsOnlyKeys("all");
    }

    @Test
    void headerValueIsHashedAndCompared() {
        HttpRateLimits rules = rules(HttpRateLimitRule.of("/**", "header:X-Api-Key", "api"));
        String one = subject(rules, StubRequest.get("/").header("x-api-key", "secret-1"));
        assertThat(one).startsWith("x-api-key=").doesNotContain("secret");
        assertThat(subject(rules, StubRequest.get("/").header("X-API-KEY", "secret-1 ")))
                .isEqualTo(one);
        assertThat(subject(rules, StubRequest.get("/").header("X-Api-Key", "secret-2")))
                .isNotEqualTo(one);
    }

    @Test
    void requestWithoutKeyCountsByAddressSharedOrNot() {
        assertThat(subject(rules(missing(MissingKey.REMOTE_ADDRESS)), StubRequest.get("/")))
                .isEqualTo("address=192.0.2.1");
        assertThat(subject(rules(missing(MissingKey.SHARED)), StubRequest.get("/")))
                .isEqualTo("none");
        assertThat(rules(missing(MissingKey.SKIP)).match(StubRequest.get("/"))).isEmpty();
        assertThat(subject(rules(missing(MissingKey.SKIP)), StubRequest.get("/").user("alice")))
                .isEqualTo("user=alice");
    }

    @Test
    void userNamedLikeAnAddressIsAnotherSubject() {
        HttpRateLimits rules = rules(missing(MissingKey.REMOTE_ADDRESS));
        assertThat(subject(rules, StubRequest.get("/").user("address=192.0.2.1")))
                .isNotEqualTo(subject(rules, StubRequest.get("/")));
    }

    @Test
    void combinationCountsEachPairAndCanNotBeForged() {
        HttpRateLimits rules = rules(new HttpRateLimitRule(
                "/**", Set.of(), List.of("principal", "remote-address"), "api", 1, MissingKey.REMOTE_ADDRESS));
        String pair = subject(rules, StubRequest.get("/").user("alice"));
        assertThat(pair).isEqualTo("user=alice|address=192.0.2.1");
        assertThat(subject(rules, StubRequest.get("/").user("alice").from("192.0.2.2")))
                .isNotEqualTo(pair);
        assertThat(subject(rules, StubRequest.get("/").user("alice|address=192.0.2.1")))
                .isEqualTo("user=alice%7Caddress=192.0.2.1|address=192.0.2.1");
    }

    @Test
    void rulesOfOneSubjectAreCheckedTogetherAllOrNone() {
        HttpRateLimits rules = rules(
                HttpRateLimitRule.of("/**", "remote-address", "api"),
                HttpRateLimitRule.of("/a", "remote-address", "daily"));
        for (int i = 0; i < 2; i++) {
            assertThat(rules.check(rules.match(StubRequest.get("/a"))).kind()).isEqualTo(RateLimitOutcome.Kind.ALLOWED);
        }
        assertThat(limits.calls()).isEqualTo(2);
        assertThat(rules.check(rules.match(StubRequest.get("/a"))).kind()).isEqualTo(RateLimitOutcome.Kind.EXCEEDED);
        assertThat(limits.used("daily", "address=192.0.2.1")).isEqualTo(2);
    }

    @Test
    void laterSubjectIsNotAskedAfterDenial() {
        HttpRateLimits rules = rules(
                HttpRateLimitRule.of("/**", "all", "api"), HttpRateLimitRule.of("/**", "remote-address", "daily"));
        for (int i = 0; i < 3; i++) {
            rules.check(rules.match(StubRequest.get("/")));
        }
        assertThat(limits.used("api", "all")).isEqualTo(2);
        assertThat(limits.used("daily", "address=192.0.2.1")).isEqualTo(2);
    }

    @Test
    void twoRulesOfOneLimitAndSubjectCountOnceAtTheHigherCost() {
        HttpRateLimits rules = rules(
                HttpRateLimitRule.of("/**", "all", "daily"),
                new HttpRateLimitRule("/big", Set.of(), List.of("all"), "daily", 3, MissingKey.SKIP));
        assertThat(rules.match(StubRequest.get("/big"))).isEqualTo(Map.of("all", List.of(new Demand("daily", 3))));
    }

    @Test
    void closedLimitIsUnavailableWithoutRedis() {
        HttpRateLimits rules = rules(HttpRateLimitRule.of("/**", "all", "api"));
        limits.fail(new RedisUnavailableException("away", null));
        RateLimitOutcome outcome = rules.check(rules.match(StubRequest.get("/")));
        assertThat(outcome.kind()).isEqualTo(RateLimitOutcome.Kind.UNAVAILABLE);
        assertThat(outcome.unchecked()).containsExactly("api");
    }

    @ParameterizedTest
    @CsvSource({
        "/**, all, unknown, 1, rules[1].limit, unknown, api",
        "/**, who, api, 1, rules[1].key, who, remote-address",
        "/**, header:, api, 1, rules[1].key, header:, header:<name>",
        "api, all, api, 1, rules[1].path, api, slash",
        "/{a, all, api, 1, rules[1].path, /{a, /api/**",
        "/**, all, api, 0, rules[1].cost, 0, 1 to 2",
        "/**, all, api, 3, rules[1].cost, 3, 1 to 2",
    })
    void badRuleIsRefusedByName(
            String path, String key, String limit, long cost, String attribute, String given, String allowed) {
        List<HttpRateLimitRule> rules = new ArrayList<>();
        rules.add(HttpRateLimitRule.of("/**", "all", "api"));
        rules.add(new HttpRateLimitRule(path, Set.of(), List.of(key), limit, cost, MissingKey.SKIP));
        assertThatExceptionOfType(InvalidRuleException.class)
                .isThrownBy(() -> builder().rules(rules).build())
                .satisfies(invalid -> {
                    assertThat(invalid.attribute()).isEqualTo(attribute);
                    assertThat(invalid.given()).isEqualTo(given);
                    assertThat(invalid.allowed()).contains(allowed);
                });
    }

    @Test
    void badSettingsAreRefusedByName() {
        assertThatExceptionOfType(InvalidRuleException.class)
                .isThrownBy(
                        () -> builder().trustedProxies(List.of("::1", "proxy")).build())
                .withMessageContaining("trusted-proxies[1]")
                .withMessageContaining("'proxy'");
        assertThatExceptionOfType(InvalidRuleException.class)
                .isThrownBy(() -> builder().ipv6Prefix(0).build())
                .withMessageContaining("ipv6-prefix");
        assertThatExceptionOfType(InvalidRuleException.class)
                .isThrownBy(() -> builder().unavailableRetryAfter(Duration.ZERO).build())
                .withMessageContaining("unavailable-retry-after");
    }

    private static HttpRateLimitRule missing(MissingKey missing) {
        return new HttpRateLimitRule("/**", Set.of(), List.of("principal"), "api", 1, missing);
    }

    private HttpRateLimits rules(HttpRateLimitRule... rules) {
        return builder().rules(List.of(rules)).build();
    }

    private HttpRateLimits.Builder builder() {
        return HttpRateLimits.builder(limits, limits.limits(), new JsonCodec(new JsonMapper()));
    }

    private static String subject(HttpRateLimits rules, StubRequest request) {
        return rules.match(request).keySet().iterator().next();
    }
}
