package io.redisstate.core.subscription;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ReadFrom;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.lettuce.RedisCredentialsProviderFactory;

/** A connection factory of Lettuce like another one, except that it has event loop threads of its own. */
record OwnEventLoop(LettuceConnectionFactory connections, ClientResources resources) {

    private static final int THREADS = 2; // Lettuce's minimum

    static OwnEventLoop like(LettuceConnectionFactory like) {
        ClientResources resources = DefaultClientResources.builder()
                .ioThreadPoolSize(THREADS)
                .computationThreadPoolSize(THREADS)
                .build();
        LettuceConnectionFactory own = new LettuceConnectionFactory(
                configurationOf(like), new WithResources(like.getClientConfiguration(), resources));
        own.afterPropertiesSet();
        own.start();
        return new OwnEventLoop(own, resources);
    }

    private static RedisConfiguration configurationOf(LettuceConnectionFactory like) {
        if (like.getClusterConfiguration() != null) {
            return like.getClusterConfiguration();
        }
        if (like.getSentinelConfiguration() != null) {
            return like.getSentinelConfiguration();
        }
        if (like.getSocketConfiguration() != null) {
            return like.getSocketConfiguration();
        }
        RedisStandaloneConfiguration server = like.getStandaloneConfiguration();
        return server;
    }

    void close() {
        connections.destroy();
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    /** Another configuration with these resources. */
    private record WithResources(LettuceClientConfiguration like, ClientResources resources)
            implements LettuceClientConfiguration {

        @Override
        public Optional<ClientResources> getClientResources() {
            return Optional.of(resources);
        }

        @Override
        public boolean isUseSsl() {
            return like.isUseSsl();
        }

        @Override
        @SuppressWarnings("deprecation")
        public boolean isVerifyPeer() {
            return like.getVerifyMode() != SslVerifyMode.NONE;
        }

        @Override
        public SslVerifyMode getVerifyMode() {
            return like.getVerifyMode();
        }

        @Override
        public boolean isStartTls() {
            return like.isStartTls();
        }

        @Override
        public Optional<ClientOptions> getClientOptions() {
            return like.getClientOptions();
        }

        @Override
        public Optional<String> getClientName() {
            return like.getClientName();
        }

        @Override
        public Optional<ReadFrom> getReadFrom() {
            return like.getReadFrom();
        }

        @Override
        public Optional<RedisCredentialsProviderFactory> getRedisCredentialsProviderFactory() {
            return like.getRedisCredentialsProviderFactory();
        }

        @Override
        public Duration getCommandTimeout() {
            return like.getCommandTimeout();
        }

        @Override
        public Duration getShutdownTimeout() {
            return like.getShutdownTimeout();
        }

        @Override
        public Duration getShutdownQuietPeriod() {
            return like.getShutdownQuietPeriod();
        }
    }
}
