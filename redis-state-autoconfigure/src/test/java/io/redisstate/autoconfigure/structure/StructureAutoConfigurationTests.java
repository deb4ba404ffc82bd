package io.redisstate.autoconfigure.structure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verifyNoInteractions;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.structure.RedisStructures;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnectionFactory;

class StructureAutoConfigurationTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(RedisStateAutoConfiguration.class, StructureAutoConfiguration.class));

    @Configuration(proxyBeanMethods = false)
    static class Connections {

        @Bean
        RedisConnectionFactory connections() {
            return mock(RedisConnectionFactory.class);
        }
    }

    @Test
    void structuresAreThereAndAskNothing() {
        runner.withUserConfiguration(Connections.class).run(context -> {
            assertThat(context).hasSingleBean(RedisStructures.class);
            verifyNoInteractions(context.getBean(RedisConnectionFactory.class));
        });
    }

    @Test
    void switchedOffThereAreNone() {
        runner.withUserConfiguration(Connections.class)
                .withPropertyValues("redis-state.structure.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(RedisStructures.class));
        runner.withUserConfiguration(Connections.class)
                .withPropertyValues("redis-state.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(RedisStructures.class));
    }

    @Test
    void withoutRedisThereAreNone() {
        runner.run(context -> assertThat(context).doesNotHaveBean(RedisStructures.class));
        runner.withClassLoader(new FilteredClassLoader(RedisConnectionFactory.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(RedisStructures.class));
    }

    @Test
    void onesOwnBeanWins() {
        RedisStructures own =
                RedisStructures.builder(mock(RedisConnectionFactory.class)).build();
        runner.withUserConfiguration(Connections.class)
                .withBean(RedisStructures.class, () -> own)
                .run(context ->
                        assertThat(context.getBean(RedisStructures.class)).isSameAs(own));
    }

    @Test
    void aBadKeyPrefixIsNamed() {
        runner.withUserConfiguration(Connections.class)
                .withPropertyValues("redis-state.key-prefix=a{b")
                .run(context ->
                        assertThat(context).getFailure().rootCause().hasMessageContaining("redis-state.key-prefix"));
    }
}
