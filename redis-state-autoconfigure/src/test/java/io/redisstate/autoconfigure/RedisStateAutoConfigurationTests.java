package io.redisstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verifyNoInteractions;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.redisstate.core.CallBreaker;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.Resilience4jBreaker;
import io.redisstate.core.WakeUps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.data.redis.connection.RedisConnectionFactory;

class RedisStateAutoConfigurationTests {

    private final ApplicationContextRunner empty =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(RedisStateAutoConfiguration.class));
    private final ApplicationContextRunner runner = empty.withUserConfiguration(Connections.class);

    @Test
    void configuresWhatFeaturesShareWithoutAskingRedis() {
        runner.run(context -> {
            assertThat(context)
                    .hasSingleBean(CallExecutor.class)
                    .hasSingleBean(WakeUps.class)
                    .hasSingleBean(JsonCodec.class);
            assertThat(context.getBean(CallExecutor.class)).isInstanceOf(ConnectionGuard.class);
            assertThat(context.getBean(CallBreaker.class)).isInstanceOf(Resilience4jBreaker.class);
            verifyNoInteractions(context.getBean(RedisConnectionFactory.class));
        });
    }

    @Test
    void switchedOffThereIsNothing() {
        runner.withPropertyValues("redis-state.enabled=false").run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(CallExecutor.class)
                .doesNotHaveBean(RedisStateProperties.class));
    }

    @Test
    void withoutRedisThereIsNothing() {
        empty.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CallExecutor.class));
    }

    @Test
    void withTwoConnectionFactoriesOfEqualRankThereIsNothing() {
        runner.withBean("second", RedisConnectionFactory.class, () -> mock(RedisConnectionFactory.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CallExecutor.class));
    }

    @Test
    void beansOfTheUserWin() {
        CallExecutor calls = mock(CallExecutor.class);
        CallBreaker breaker = mock(CallBreaker.class);
        runner.withBean(CallExecutor.class, () -> calls)
                .withBean(CallBreaker.class, () -> breaker)
                .run(context -> {
                    assertThat(context.getBean(CallExecutor.class)).isSameAs(calls);
                    assertThat(context.getBean(CallBreaker.class)).isSameAs(breaker);
                });
    }

    @Test
    void keysStartWithTheApplicationsNameUnlessSet() {
        runner.run(context -> assertThat(channel(context)).startsWith("redis-state:"));
        runner.withPropertyValues("spring.application.name=shop")
                .run(context -> assertThat(channel(context)).startsWith("shop:"));
        runner.withPropertyValues("spring.application.name=my shop", "redis-state.key-prefix=till")
                .run(context -> assertThat(channel(context)).startsWith("till:"));
    }

    @Test
    void aNameThatIsNoPrefixSaysWhichPropertyHelps() {
        runner.withPropertyValues("spring.application.name=my shop")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .isNotNull()
                        .hasMessageContaining("redis-state.key-prefix"));
    }

    @Test
    void withoutResilience4jThereIsNoBreaker() {
        runner.withClassLoader(new FilteredClassLoader(CircuitBreaker.class))
                .run(context -> assertThat(context.getBean(CallBreaker.class)).isSameAs(CallBreaker.NONE));
    }

    @Test
    void theBreakerCanBeSwitchedOff() {
        runner.withPropertyValues("redis-state.circuit-breaker.enabled=false").run(context -> {
            assertThat(context.getBean(CallBreaker.class)).isSameAs(CallBreaker.NONE);
            assertThat(context).doesNotHaveBean(CircuitBreakerConfiguration.BEAN);
        });
    }

    @Test
    void theBreakerIsSetUpByProperties() {
        runner.withPropertyValues(
                        "redis-state.circuit-breaker.failure-rate=25",
                        "redis-state.circuit-breaker.sliding-window=8",
                        "redis-state.circuit-breaker.open-time=3s")
                .run(context -> {
                    CircuitBreakerConfig config = breaker(context).getCircuitBreakerConfig();
                    assertThat(config.getFailureRateThreshold()).isEqualTo(25);
                    assertThat(config.getSlidingWindowSize()).isEqualTo(8);
                    assertThat(config.getMinimumNumberOfCalls()).isEqualTo(8);
                    assertThat(config.getWaitIntervalFunctionInOpenState().apply(1))
                            .isEqualTo(3000);
                });
    }

    @Test
    void aBreakerOfAnotherPurposeIsLeftAlone() {
        CircuitBreaker other = CircuitBreaker.ofDefaults("payments");
        runner.withBean("payments", CircuitBreaker.class, () -> other).run(context -> {
            assertThat(context.getBean(CircuitBreaker.class)).isSameAs(other);
            assertThat(breaker(context)).isNotSameAs(other);
        });
    }

    @Test
    void theUsersBreakerOfThatNameWins() {
        CircuitBreaker own = CircuitBreaker.ofDefaults("own");
        runner.withBean(CircuitBreakerConfiguration.BEAN, CircuitBreaker.class, () -> own)
                .run(context -> {
                    own.transitionToForcedOpenState();
                    assertThat(context.getBean(CallBreaker.class).state()).isEqualTo(CallBreaker.State.OPEN);
                });
    }

    @Test
    void theUsersRegistryWins() {
        CircuitBreakerRegistry registry = CircuitBreakerRegistry.ofDefaults();
        CircuitBreaker configured = registry.circuitBreaker("redis-state");
        runner.withBean(CircuitBreakerRegistry.class, () -> registry)
                .run(context -> assertThat(breaker(context)).isSameAs(configured));
    }

    @ParameterizedTest
    @CsvSource({
        "redis-state.key-prefix, a{b",
        "redis-state.retry.attempts, -1",
        "redis-state.retry.first-wait, 0s",
        "redis-state.retry.max-wait, 10ms",
        "redis-state.circuit-breaker.failure-rate, 0",
        "redis-state.circuit-breaker.failure-rate, 101",
        "redis-state.circuit-breaker.sliding-window, 0",
        "redis-state.circuit-breaker.minimum-calls, 0",
        "redis-state.circuit-breaker.half-open-calls, 0",
        "redis-state.circuit-breaker.open-time, 0s",
        "redis-state.wake-up.safety-poll, 1ms"
    })
    void aBadValueFailsTheStartNamingTheProperty(String property, String value) {
        runner.withPropertyValues(property + "=" + value).run(context -> {
            Throwable failure = context.getStartupFailure();
            while (failure != null && !(failure instanceof InvalidConfigurationPropertyValueException)) {
                failure = failure.getCause();
            }
            assertThat(failure).isNotNull().hasMessageContaining(property);
        });
    }

    @Test
    void closesOnlyWithTheContextAndAfterUsersOfIt() {
        List<String> events = new ArrayList<>();
        try (ConfigurableApplicationContext context = new GenericApplicationContext()) {
            for (var phase : List.of(CloseWithContext.WAKE_UPS, CloseWithContext.FEATURE)) {
                context.getBeanFactory()
                        .registerSingleton(
                                "at" + phase,
                                new CloseWithContext(context, () -> events.add("closed " + phase), phase));
            }
            context.refresh();
            context.stop();
            context.start();
            assertThat(events).isEmpty();
        }
        assertThat(events).containsExactly("closed 200", "closed 100");
    }

    @Test
    void theSafetyPollIsAProperty() {
        runner.withPropertyValues("redis-state.wake-up.safety-poll=2s")
                .run(context ->
                        assertThat(context.getBean(WakeUps.class).safetyPoll()).isEqualTo(Duration.ofSeconds(2)));
    }

    private static String channel(ApplicationContext context) {
        return context.getBean(WakeUps.class).channel();
    }

    private static CircuitBreaker breaker(ApplicationContext context) {
        return context.getBean(CircuitBreakerConfiguration.BEAN, CircuitBreaker.class);
    }

    @Configuration(proxyBeanMethods = false)
    static class Connections {

        @Bean
        RedisConnectionFactory connections() {
            return mock(RedisConnectionFactory.class);
        }
    }
}
