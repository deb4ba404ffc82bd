package io.redisstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.embedded.EmbeddedRedisException;
import io.redisstate.embedded.EmbeddedRedisServer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

class EmbeddedRedisAutoConfigurationTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(EmbeddedRedisAutoConfiguration.class, DataRedisAutoConfiguration.class));
    private final ApplicationContextRunner enabled = runner.withPropertyValues("redis-state.embedded.enabled=true");

    @Test
    void startsARealRedisThatEndsWithTheContext() {
        AtomicReference<EmbeddedRedisServer> server = new AtomicReference<>();
        enabled.run(context -> {
            server.set(context.getBean(EmbeddedRedisServer.class));
            try (RedisConnection connection =
                    context.getBean(RedisConnectionFactory.class).getConnection()) {
                assertThat(connection.ping()).isEqualTo("PONG");
                assertThat(connection.serverCommands().info("server"))
                        .containsEntry("process_id", String.valueOf(server.get().pid()));
            }
        });
        assertThat(server.get().isAlive()).isFalse();
    }

    @Test
    void passesArgumentsOn() {
        enabled.withPropertyValues("redis-state.embedded.arguments=--maxmemory,10mb")
                .run(context -> {
                    try (RedisConnection connection =
                            context.getBean(RedisConnectionFactory.class).getConnection()) {
                        assertThat(connection.serverCommands().getConfig("maxmemory"))
                                .containsEntry("maxmemory", "10485760");
                    }
                });
    }

    @Test
    void isOffUnlessEnabled() {
        runner.run(context -> assertThat(context).doesNotHaveBean(EmbeddedRedisServer.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spring.data.redis.host=other",
                "spring.data.redis.url=redis://other:6379",
                "spring.data.redis.sentinel.master=primary;spring.data.redis.sentinel.nodes=other:26379",
                "spring.data.redis.cluster.nodes[0]=other:7000"
            })
    void backsOffWhereAPropertyNamesAnotherRedis(String properties) {
        enabled.withPropertyValues(properties.split(";", -1))
                .run(context -> assertThat(context).doesNotHaveBean(EmbeddedRedisServer.class));
    }

    @Test
    void backsOffFromAServiceConnection() {
        enabled.withUserConfiguration(OtherRedis.class).run(context -> assertThat(context)
                .hasSingleBean(DataRedisConnectionDetails.class)
                .doesNotHaveBean(EmbeddedRedisServer.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"prod", "production"})
    void refusesAProductionProfileUnlessForced(String profile) {
        ApplicationContextRunner production =
                enabled.withInitializer(context -> context.getEnvironment().setActiveProfiles(profile));
        production.run(context -> {
            FailureAnalysis analysis = new EmbeddedRedisFailureAnalyzer().analyze(failureOf(context));
            assertThat(analysis).isNotNull();
            assertThat(analysis.getDescription()).contains("'" + profile + "'");
            assertThat(analysis.getAction()).contains("redis-state.embedded.force=true");
        });
        production.withPropertyValues("redis-state.embedded.force=true").run(context -> assertThat(context)
                .hasSingleBean(EmbeddedRedisServer.class));
    }

    @Test
    void aBadPortIsNamed() {
        enabled.withPropertyValues("redis-state.embedded.port=70000").run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOfSatisfying(
                        InvalidConfigurationPropertyValueException.class,
                        failure -> assertThat(failure.getName()).isEqualTo("redis-state.embedded.port")));
    }

    @Test
    void aServerThatDoesNotStartIsExplained() {
        enabled.withPropertyValues("redis-state.embedded.arguments=--no-such-option,1")
                .run(context -> {
                    assertThat(context).getFailure().rootCause().isInstanceOf(EmbeddedRedisException.class);
                    FailureAnalysis analysis = new EmbeddedRedisFailureAnalyzer().analyze(failureOf(context));
                    assertThat(analysis).isNotNull();
                    assertThat(analysis.getDescription()).contains("no-such-option");
                    assertThat(analysis.getAction()).contains("spring.data.redis.host");
                });
    }

    private static Throwable failureOf(AssertableApplicationContext context) {
        return Objects.requireNonNull(context.getStartupFailure(), "the start should have failed");
    }

    @Configuration(proxyBeanMethods = false)
    static class OtherRedis {

        @Bean
        DataRedisConnectionDetails otherRedis() {
            return new DataRedisConnectionDetails() {
                @Override
                public Standalone getStandalone() {
                    return Standalone.of("other", 6379);
                }
            };
        }
    }
}
