package io.redisstate.autoconfigure.stream;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.autoconfigure.RedisStateProperties;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import io.redisstate.stream.DeadLetters;
import io.redisstate.stream.IdempotencyStore;
import io.redisstate.stream.RedisIdempotencyStore;
import io.redisstate.stream.StreamPublisher;
import io.redisstate.stream.container.StreamContainerFactory;
import io.redisstate.stream.event.EventStreams;
import io.redisstate.stream.listener.StreamListenerRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.thread.Threading;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Auto-configuration of streams: the publisher, {@code @RedisStreamListener} methods and their registry, dead letters, event
 * streams, meters, health. Without a listener nothing is sent to Redis before the first publication.
 *
 * @since 0.1
 */
@AutoConfiguration(
        after = RedisStateAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration")
@ConditionalOnBean({RedisConnectionFactory.class, CallExecutor.class})
@ConditionalOnBooleanProperty(name = StreamProperties.PREFIX + ".enabled", matchIfMissing = true)
@EnableConfigurationProperties(StreamProperties.class)
@Import({StreamListenerConfiguration.class, StreamMetersConfiguration.class, StreamHealthConfiguration.class})
public final class StreamAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    StreamPublisher streamPublisher(
            RedisConnectionFactory connections,
            CallExecutor calls,
            JsonCodec json,
            RedisStateProperties shared,
            StreamProperties properties,
            Environment environment) {
        return StreamPublisher.builder(connections)
                .keyPrefix(shared.keyPrefixOr(environment))
                .calls(calls)
                .json(json)
                .window(properties.publisher().window())
                .trimming(properties.publisher().trim().toTrimming("publisher.trim"))
                .trimmingOfStreams(properties.toTrimmings())
                .build();
    }

    @Bean
    @ConditionalOnMissingBean
    StreamContainerFactory streamContainerFactory(
            RedisConnectionFactory connections,
            CallExecutor calls,
            JsonCodec json,
            RedisStateProperties shared,
            Environment environment) {
        return new StreamContainerFactory(
                connections, calls, json, shared.keyPrefixOr(environment), Threading.VIRTUAL.isActive(environment));
    }

    @Bean
    @ConditionalOnMissingBean
    StreamListenerRegistry streamListenerRegistry() {
        return new StreamListenerRegistry();
    }

    @Bean
    @ConditionalOnMissingBean
    DeadLetters deadLetters(CallExecutor calls, RedisStateProperties shared, Environment environment) {
        return new DeadLetters(calls, shared.keyPrefixOr(environment));
    }

    @Bean
    @ConditionalOnMissingBean(IdempotencyStore.class)
    RedisIdempotencyStore redisStreamIdempotencyStore(
            CallExecutor calls, RedisStateProperties shared, StreamProperties properties, Environment environment) {
        return new RedisIdempotencyStore(calls, shared.keyPrefixOr(environment), properties.idempotencyRetention());
    }

    @Bean
    @ConditionalOnMissingBean
    EventStreams eventStreams(
            RedisConnectionFactory connections,
            CallExecutor calls,
            JsonCodec json,
            RedisStateProperties shared,
            Environment environment) {
        return new EventStreams(connections, calls, json, shared.keyPrefixOr(environment));
    }
}
