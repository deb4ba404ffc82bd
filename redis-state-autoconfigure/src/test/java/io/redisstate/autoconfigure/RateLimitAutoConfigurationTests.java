package io.redisstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import io.redisstate.ratelimit.RateLimiters;
import io.redisstate.ratelimit.http.HttpRateLimits;
import io.redisstate.ratelimit.http.RateLimitFilter;
import io.redisstate.ratelimit.http.RateLimitWebFilter;
import io.redisstate.ratelimit.http.ReactiveRateLimitAdvice;
import io.redisstate.ratelimit.http.ServletRateLimitAdvice;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.servlet.DispatcherServlet;

class RateLimitAutoConfigurationTests {

    private static final AutoConfigurations ALL = AutoConfigurations.of(
            RedisStateAutoConfiguration.class,
            RateLimitAutoConfiguration.class,
            ServletRateLimitAutoConfiguration.class,
            ReactiveRateLimitAutoConfiguration.class);

    private static final String[] API = {
        "redis-state.rate-limit.limits.api.limit=100", "redis-state.rate-limit.limits.api.per=1m"
    };

    private final ApplicationContextRunner plain =
            new ApplicationContextRunner().withConfiguration(ALL).withUserConfiguration(Connections.class);
    private final WebApplicationContextRunner servlet =
            new WebApplicationContextRunner().withConfiguration(ALL).withUserConfiguration(Connections.class);
    private final ReactiveWebApplicationContextRunner reactive =
            new ReactiveWebApplicationContextRunner().withConfiguration(ALL).withUserConfiguration(Connections.class);

    @Test
    void limitsOfPropertiesAreDefined() {
        plain.withPropertyValues(API)
                .withPropertyValues(
                        "redis-state.rate-limit.limits.log-in.limit=5",
                        "redis-state.rate-limit.limits.log-in.per=10s",
                        "redis-state.rate-limit.limits.log-in.algorithm=sliding-log",
                        "redis-state.rate-limit.limits.log-in.fail-open=false",
                        "redis-state.rate-limit.limits.api.burst=150")
                .run(context -> assertThat(context.getBean(RateLimiters.class).limits())
                        .containsEntry(
                                "api",
                                RateLimit.of("api", 100, Duration.ofMinutes(1)).withBurst(150))
                        .containsEntry(
                                "log-in",
                                RateLimit.of("log-in", 5, Duration.ofSeconds(10))
                                        .withAlgorithm(RateLimitAlgorithm.SLIDING_LOG)
                                        .withFailOpen(false)));
    }

    @Test
    void withoutWebThereIsNothingOfHttp() {
        plain.run(context -> assertThat(context)
                .hasSingleBean(RateLimiters.class)
                .doesNotHaveBean(HttpRateLimits.class)
                .doesNotHaveBean(RateLimitHttpProperties.class));
    }

    @Test
    void switchedOffThereIsNothing() {
        servlet.withPropertyValues("redis-state.rate-limit.enabled=false")
                .run(context ->
                        assertThat(context).doesNotHaveBean(RateLimiters.class).doesNotHaveBean(HttpRateLimits.class));
    }

    @Test
    void withoutRedisThereIsNothing() {
        new WebApplicationContextRunner().withConfiguration(ALL).run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(RateLimiters.class)
                .doesNotHaveBean(HttpRateLimits.class));
    }

    @Test
    void userLimitersWin() {
        plain.withUserConfiguration(OwnLimiters.class).withPropertyValues(API).run(context -> assertThat(
                        context.getBean(RateLimiters.class).limits())
                .containsOnlyKeys("own"));
    }

    @Test
    void servletApplicationHasFilterInOrderAndAdvice() {
        servlet.run(context -> {
            assertThat(context).hasSingleBean(ServletRateLimitAdvice.class).hasSingleBean(HttpRateLimits.class);
            assertThat(context).doesNotHaveBean(RateLimitWebFilter.class);
            assertThat(filter(context.getBean(FilterRegistrationBean.class)).getOrder())
                    .isEqualTo(-50);
        });
        servlet.withPropertyValues("redis-state.rate-limit.http.order=-110").run(context -> assertThat(
                        context.getBean(FilterRegistrationBean.class).getOrder())
                .isEqualTo(-110));
    }

    @Test
    void reactiveApplicationHasWebFilterInOrderAndAdvice() {
        reactive.withPropertyValues("redis-state.rate-limit.http.order=7").run(context -> {
            assertThat(context).hasSingleBean(ReactiveRateLimitAdvice.class).hasSingleBean(HttpRateLimits.class);
            assertThat(context).doesNotHaveBean(FilterRegistrationBean.class);
            assertThat(context.getBean(RateLimitWebFilter.class).getOrder()).isEqualTo(7);
        });
    }

    @Test
    void httpCanBeSwitchedOffAlone() {
        servlet.withPropertyValues("redis-state.rate-limit.http.enabled=false")
                .run(context ->
                        assertThat(context).hasSingleBean(RateLimiters.class).doesNotHaveBean(HttpRateLimits.class));
        reactive.withPropertyValues("redis-state.rate-limit.http.enabled=false")
                .run(context ->
                        assertThat(context).hasSingleBean(RateLimiters.class).doesNotHaveBean(HttpRateLimits.class));
    }

    @Test
    void missingWebFrameworkIsNoFailure() {
        servlet.withClassLoader(new FilteredClassLoader(DispatcherServlet.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(HttpRateLimits.class));
        reactive.withClassLoader(new FilteredClassLoader(DispatcherHandler.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(HttpRateLimits.class));
    }

    @Test
    void userFilterAndAdviceWin() {
        servlet.withUserConfiguration(OwnFilter.class).run(context -> {
            assertThat(context).hasSingleBean(RateLimitFilter.class).doesNotHaveBean(FilterRegistrationBean.class);
            assertThat(context.getBean(ServletRateLimitAdvice.class)).isSameAs(context.getBean("ownAdvice"));
        });
    }

    @ParameterizedTest
    @CsvSource({
        "limits.bad.limit=0, limits.bad.per=1s, limits.bad.limit, 0",
        "limits.bad.limit=-1, limits.bad.per=1s, limits.bad.limit, -1",
        "limits.bad.burst=1, limits.bad.per=1s, limits.bad.limit, ",
        "limits.bad.limit=1, limits.bad.per=0s, limits.bad.per, PT0S",
        "limits.bad.limit=1, limits.bad.burst=1, limits.bad.per, ",
        "limits.bad.limit=1, limits.bad.per=1s;limits.bad.burst=0, limits.bad.burst, 0",
        "http.rules[0].path=/a, http.rules[0].limit=none, http.rules[0].limit, none",
        "http.rules[0].path=/a, http.rules[0].cost=1, http.rules[0].limit, ",
        "http.rules[0].limit=api, http.rules[0].cost=1, http.rules[0].path, ",
        "http.rules[0].limit=api, http.rules[0].path=a, http.rules[0].path, a",
        "http.rules[0].limit=api, http.rules[0].path=/a;http.rules[0].key=who, http.rules[0].key, who",
        "http.rules[0].limit=api, http.rules[0].path=/a;http.rules[0].cost=101, http.rules[0].cost, 101",
        "limits.held.limit=1, limits.held.per=1s;limits.held.algorithm=concurrency;http.rules[0].limit=held;"
                + "http.rules[0].path=/a, http.rules[0].limit, held",
        "http.trusted-proxies=::1, http.trusted-proxies[1]=proxy, http.trusted-proxies[1], proxy",
        "http.ipv6-prefix=129, http.order=0, http.ipv6-prefix, 129",
    })
    void badValueFailsTheStartNamingTheProperty(String first, String others, String property, @Nullable String value) {
        WebApplicationContextRunner runner = servlet.withPropertyValues(API);
        for (String one : (first + ';' + others).split(";", -1)) {
            runner = runner.withPropertyValues(
                    "redis-state.rate-limit." + one.replace("trusted-proxies=", "trusted-proxies[0]="));
        }
        runner.run(context -> {
            InvalidConfigurationPropertyValueException invalid = invalid(context.getStartupFailure());
            assertThat(invalid.getName()).isEqualTo("redis-state.rate-limit." + property);
            assertThat(invalid.getValue() == null ? null : String.valueOf(invalid.getValue()))
                    .isEqualTo(value);
            assertThat(invalid.getReason()).isNotBlank();
        });
    }

    private static InvalidConfigurationPropertyValueException invalid(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidConfigurationPropertyValueException invalid) {
                return invalid;
            }
        }
        throw new AssertionError("No property is named by this failure of the start", failure);
    }

    private static FilterRegistrationBean<?> filter(FilterRegistrationBean<?> registration) {
        assertThat(registration.getFilter()).isInstanceOf(RateLimitFilter.class);
        return registration;
    }

    @Configuration(proxyBeanMethods = false)
    static class Connections {

        @Bean
        RedisConnectionFactory connections() {
            return mock(RedisConnectionFactory.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnLimiters {

        @Bean
        RateLimiters own(RedisConnectionFactory connections) {
            RateLimiters own = RateLimiters.builder(connections).build();
            own.define(RateLimit.of("own", 1, Duration.ofSeconds(1)));
            return own;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnFilter {

        @Bean
        RateLimitFilter ownFilter(HttpRateLimits limits) {
            return new RateLimitFilter(limits);
        }

        @Bean
        ServletRateLimitAdvice ownAdvice(HttpRateLimits limits) {
            return new ServletRateLimitAdvice(limits);
        }
    }
}
