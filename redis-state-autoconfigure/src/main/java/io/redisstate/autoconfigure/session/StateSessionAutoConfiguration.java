package io.redisstate.autoconfigure.session;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.autoconfigure.RedisStateProperties;
import io.redisstate.core.CallExecutor;
import io.redisstate.session.SessionSweeper;
import io.redisstate.session.StateSessionRepository;
import io.redisstate.session.StateSessionRepositoryBuilder;
import io.redisstate.session.UserSessions;
import java.time.Duration;
import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.session.autoconfigure.SessionTimeout;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.session.FlushMode;
import org.springframework.session.ReactiveSessionRepository;
import org.springframework.session.SaveMode;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.util.ClassUtils;

/**
 * Auto-configuration of Spring Session on Redis, in the place of Spring Boot's own. Timeout, cookie and filter are as
 * {@code spring.session.*}, {@code server.servlet.session.*} and {@code server.reactive.session.*} say.
 *
 * @since 0.1
 */
@AutoConfiguration(
        after = RedisStateAutoConfiguration.class,
        beforeName = {
            "org.springframework.boot.session.autoconfigure.SessionAutoConfiguration",
            "org.springframework.boot.session.data.redis.autoconfigure.SessionDataRedisAutoConfiguration",
            "org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration"
        })
@ConditionalOnClass({Session.class, SessionTimeout.class})
@ConditionalOnWebApplication
@ConditionalOnBean({RedisConnectionFactory.class, CallExecutor.class})
@ConditionalOnMissingBean({SessionRepository.class, ReactiveSessionRepository.class})
@ConditionalOnBooleanProperty(name = StateSessionProperties.PREFIX + ".enabled", matchIfMissing = true)
@EnableConfigurationProperties(StateSessionProperties.class)
@Import({ServletSessionConfiguration.class, ReactiveSessionConfiguration.class})
public final class StateSessionAutoConfiguration {

    private static final Log LOG = LogFactory.getLog(StateSessionAutoConfiguration.class);
    private static final String SPRING = "spring.session.data.redis";
    private static final String REFUSAL =
            "org.springframework.security.web.authentication.session.SessionAuthenticationException";

    @Bean
    @ConditionalOnMissingBean
    StateSessionRepository stateSessionRepository(
            RedisConnectionFactory connections,
            CallExecutor calls,
            RedisStateProperties shared,
            StateSessionProperties properties,
            ObjectProvider<SessionTimeout> timeout,
            ObjectProvider<SessionJsonCustomizer> json,
            ApplicationContext context) {
        Environment environment = context.getEnvironment();
        StateSessionRepositoryBuilder builder = StateSessionRepository.builder(connections)
                .calls(calls)
                .keyPrefix(shared.keyPrefixOr(environment))
                .touchInterval(properties.touchInterval())
                .saveMode(mode(environment, "save-mode", properties.saveMode(), SaveMode.ON_SET_ATTRIBUTE))
                .flushMode(mode(environment, "flush-mode", properties.flushMode(), FlushMode.ON_SAVE))
                .onUnavailable(properties.onUnavailable())
                .serialization(properties.serialization())
                .readOtherFormat(properties.readOtherFormat())
                .activity(
                        properties.activity().maxEntries(),
                        properties.activity().ttl())
                .json(mapper -> json.orderedStream().forEach(customizer -> customizer.customize(mapper)))
                .events(context::publishEvent);
        SessionTimeout configured = timeout.getIfAvailable();
        Duration inactive = configured == null ? null : configured.getTimeout();
        if (inactive != null) {
            builder.timeout(inactive);
        }
        if (properties.maxLifetime() != null) {
            builder.maxLifetime(properties.maxLifetime());
        }
        if (properties.importFrom() != null) {
            builder.importFrom(properties.importFrom());
        }
        if (context.getClassLoader() != null) {
            builder.classLoader(context.getClassLoader());
        }
        if (ClassUtils.isPresent(REFUSAL, context.getClassLoader())) {
            builder.refusal(SecurityRefusal::of);
        }
        properties.limit().toLimit().ifPresent(builder::limit);
        warnOfNamespace(environment);
        return withAllowedTypes(builder, properties.allowedTypes(), context).build();
    }

    private static void warnOfNamespace(Environment environment) {
        if (environment.containsProperty(SPRING + ".namespace")) {
            LOG.warn(SPRING + ".namespace is not used: the keys of sessions start with redis-state.key-prefix, and "
                    + StateSessionProperties.PREFIX + ".import-from takes over sessions of a namespace");
        }
    }

    private static StateSessionRepositoryBuilder withAllowedTypes(
            StateSessionRepositoryBuilder builder, @Nullable List<String> allowed, BeanFactory beans) {
        try {
            return builder.allowedTypes(allowed == null ? packagesOf(beans) : allowed);
        } catch (IllegalArgumentException ex) {
            throw new InvalidConfigurationPropertyValueException(
                    StateSessionProperties.PREFIX + ".allowed-types", allowed, String.valueOf(ex.getMessage()), ex);
        }
    }

    private static List<String> packagesOf(BeanFactory beans) {
        return AutoConfigurationPackages.has(beans)
                ? AutoConfigurationPackages.get(beans).stream()
                        .filter(name -> !name.isEmpty())
                        .map(name -> name + ".**")
                        .toList()
                : List.of();
    }

    /** Ours, else Spring Session's, else the default. */
    private static <E extends Enum<E>> E mode(Environment environment, String name, @Nullable E ours, E usual) {
        return ours != null
                ? ours
                : Binder.get(environment)
                        .bind(SPRING + '.' + name, usual.getDeclaringClass())
                        .orElse(usual);
    }

    @Bean
    @ConditionalOnMissingBean
    UserSessions userSessions(StateSessionRepository sessions) {
        return sessions.userSessions();
    }

    @Bean
    @ConditionalOnMissingBean
    SessionSweeper sessionSweeper(StateSessionRepository sessions, StateSessionProperties properties) {
        return new SessionSweeper(sessions, properties.sweepInterval());
    }
}
