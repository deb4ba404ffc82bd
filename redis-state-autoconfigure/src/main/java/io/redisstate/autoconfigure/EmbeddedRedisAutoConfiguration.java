package io.redisstate.autoconfigure;

import io.redisstate.embedded.EmbeddedRedisServer;
import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Auto-configuration of an embedded Redis server for development. It backs off where the application is told of another
 * Redis: by a {@code spring.data.redis.*} property that names one, a {@link DataRedisConnectionDetails} (Boot's service
 * connections) or a {@link RedisConnectionFactory} bean.
 *
 * @since 0.1
 */
@AutoConfiguration(before = DataRedisAutoConfiguration.class)
@ConditionalOnBooleanProperty(EmbeddedRedisProperties.PREFIX + ".enabled")
@ConditionalOnMissingBean({DataRedisConnectionDetails.class, RedisConnectionFactory.class})
@Conditional(EmbeddedRedisAutoConfiguration.NoOtherRedis.class)
@EnableConfigurationProperties(EmbeddedRedisProperties.class)
public final class EmbeddedRedisAutoConfiguration {

    private static final Log LOG = LogFactory.getLog(EmbeddedRedisAutoConfiguration.class);
    private static final List<String> PRODUCTION = List.of("prod", "production");

    @Bean(destroyMethod = "close")
    EmbeddedRedisServer embeddedRedisServer(EmbeddedRedisProperties properties, Environment environment) {
        for (String profile : environment.getActiveProfiles()) {
            if (!properties.force() && PRODUCTION.contains(profile)) {
                throw new EmbeddedRedisInProductionException(profile);
            }
        }
        EmbeddedRedisServer server = EmbeddedRedisServer.start(properties.port(), properties.arguments());
        LOG.info("Embedded Redis for development listens on " + server.host() + ":" + server.port());
        return server;
    }

    @Bean
    DataRedisConnectionDetails embeddedRedisConnectionDetails(EmbeddedRedisServer server) {
        return new Details(server);
    }

    private static final class Details implements DataRedisConnectionDetails {

        private final EmbeddedRedisServer server;

        Details(EmbeddedRedisServer server) {
            this.server = server;
        }

        @Override
        public Standalone getStandalone() {
            return Standalone.of(server.host(), server.port());
        }
    }

    /** No property names another Redis. */
    static final class NoOtherRedis extends SpringBootCondition {

        private static final List<String> OTHERS = List.of(
                "spring.data.redis.url",
                "spring.data.redis.host",
                "spring.data.redis.sentinel.master",
                "spring.data.redis.cluster.nodes",
                "spring.data.redis.cluster.nodes[0]",
                "spring.data.redis.masterreplica.nodes",
                "spring.data.redis.masterreplica.nodes[0]");

        @Override
        public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
            ConditionMessage.Builder message = ConditionMessage.forCondition("Embedded Redis");
            String other = namedBy(context.getEnvironment());
            if (other != null) {
                LOG.info("The embedded Redis is not started because " + other + " is set");
                return ConditionOutcome.noMatch(message.because(other + " is set"));
            }
            return ConditionOutcome.match(message.because("no other Redis is named"));
        }

        private static @Nullable String namedBy(Environment environment) {
            return OTHERS.stream()
                    .filter(name -> environment.containsProperty(name)
                            && !String.valueOf(environment.getProperty(name)).isBlank())
                    .findFirst()
                    .orElse(null);
        }
    }
}
