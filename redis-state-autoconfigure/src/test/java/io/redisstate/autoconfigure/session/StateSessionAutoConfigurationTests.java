package io.redisstate.autoconfigure.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.session.ReactiveStateSessionRepository;
import io.redisstate.session.SessionSweeper;
import io.redisstate.session.StateSessionRepository;
import io.redisstate.session.UserSessions;
import io.redisstate.session.web.SessionFilter;
import io.redisstate.session.web.SessionWebFilter;
import io.redisstate.session.web.UserSessionRegistry;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.assertj.core.util.introspection.PropertyOrFieldSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.session.autoconfigure.SessionAutoConfiguration;
import org.springframework.boot.session.autoconfigure.SessionTimeout;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.servlet.DelegatingFilterProxyRegistrationBean;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.core.session.ReactiveSessionRegistry;
import org.springframework.security.core.session.SessionRegistry;
import org.springframework.session.MapSession;
import org.springframework.session.MapSessionRepository;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.session.web.http.CookieSerializer;
import org.springframework.session.web.http.SessionRepositoryFilter;
import org.springframework.session.web.server.session.SpringSessionWebSessionStore;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import org.springframework.web.server.session.DefaultWebSessionManager;

/** No Redis runs at the address these contexts are given: none is needed to start. */
class StateSessionAutoConfigurationTests {

    private static final AutoConfigurations CONFIGURATIONS = AutoConfigurations.of(
            JacksonAutoConfiguration.class,
            DataRedisAutoConfiguration.class,
            RedisStateAutoConfiguration.class,
            StateSessionAutoConfiguration.class,
            SessionAutoConfiguration.class);

    private final WebApplicationContextRunner servlet = new WebApplicationContextRunner()
            .withPropertyValues("spring.data.redis.port=1")
            .withConfiguration(CONFIGURATIONS);
    private final ReactiveWebApplicationContextRunner reactive = new ReactiveWebApplicationContextRunner()
            .withPropertyValues("spring.data.redis.port=1")
            .withConfiguration(CONFIGURATIONS)
            .withConfiguration(AutoConfigurations.of(WebFluxAutoConfiguration.class));

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void aNamespaceThatIsNotUsedIsSaid(CapturedOutput output) {
        servlet.run(context -> assertThat(context).hasNotFailed());
        assertThat(output).doesNotContain("namespace is not used");
        servlet.withPropertyValues("spring.session.data.redis.namespace=shop")
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output).contains("spring.session.data.redis.namespace is not used");
    }

    @Test
    void servletsGetEverythingIncludingBootsFilterRegistrationAndCookie() {
        servlet.withPropertyValues("spring.session.timeout=7m").run(context -> {
            assertThat(context)
                    .hasNotFailed()
                    .hasSingleBean(StateSessionRepository.class)
                    .hasSingleBean(SessionRepository.class)
                    .hasSingleBean(UserSessions.class)
                    .hasSingleBean(SessionSweeper.class)
                    .hasSingleBean(SessionRepositoryFilter.class)
                    .hasSingleBean(DelegatingFilterProxyRegistrationBean.class)
                    .hasSingleBean(CookieSerializer.class)
                    .hasSingleBean(SessionRegistry.class)
                    .hasSingleBean(UserSessionRegistry.class)
                    .doesNotHaveBean(ReactiveStateSessionRepository.class);
            FilterRegistrationBean<?> ours = context.getBean(FilterRegistrationBean.class);
            assertThat(ours.getFilter()).isInstanceOf(SessionFilter.class);
            assertThat(ours.getOrder())
                    .isEqualTo(context.getBean(DelegatingFilterProxyRegistrationBean.class)
                                    .getOrder()
                            - 1);
            Session session = context.getBean(StateSessionRepository.class).createSession();
            assertThat(session.getMaxInactiveInterval()).isEqualTo(Duration.ofMinutes(7));
        });
    }

    @Test
    void webFluxGetsASessionManagerOnTheSameSessions() {
        reactive.withPropertyValues("server.reactive.session.timeout=9m").run(context -> {
            assertThat(context)
                    .hasNotFailed()
                    .hasSingleBean(ReactiveStateSessionRepository.class)
                    .hasSingleBean(UserSessions.class)
                    .hasSingleBean(SessionWebFilter.class)
                    .hasSingleBean(ReactiveSessionRegistry.class)
                    .doesNotHaveBean(SessionRepositoryFilter.class);
            DefaultWebSessionManager manager =
                    (DefaultWebSessionManager) context.getBean(WebHttpHandlerBuilder.WEB_SESSION_MANAGER_BEAN_NAME);
            assertThat(manager.getSessionStore()).isInstanceOf(SpringSessionWebSessionStore.class);
            assertThat(context.getBean(StateSessionRepository.class).createSession())
                    .extracting("maxInactiveInterval")
                    .isEqualTo(Duration.ofMinutes(9));
        });
    }

    @Test
    void thereIsNothingWithoutAWebApplicationRedisOrSpringSession() {
        new ApplicationContextRunner()
                .withConfiguration(CONFIGURATIONS)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(StateSessionRepository.class));
        servlet.withPropertyValues("redis-state.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(SessionRepository.class));
        servlet.withPropertyValues("redis-state.session.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(SessionRepository.class));
        servlet.withClassLoader(new FilteredClassLoader("org.springframework.session"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(UserSessions.class));
        new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        DataRedisAutoConfiguration.class,
                        RedisStateAutoConfiguration.class,
                        StateSessionAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader("org.springframework.boot.session"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(UserSessions.class));
    }

    @Test
    void itWorksWithoutSpringSecurity() {
        servlet.withClassLoader(new FilteredClassLoader("org.springframework.security"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(StateSessionRepository.class)
                        .doesNotHaveBean("sessionRegistry"));
        reactive.withClassLoader(new FilteredClassLoader("org.springframework.security"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(ReactiveStateSessionRepository.class)
                        .doesNotHaveBean("reactiveSessionRegistry"));
    }

    @Test
    void anApplicationsOwnRepositoryWins() {
        servlet.withUserConfiguration(OwnRepository.class).run(context -> assertThat(context)
                .hasNotFailed()
                .hasSingleBean(SessionRepository.class)
                .doesNotHaveBean(StateSessionRepository.class)
                .doesNotHaveBean(SessionFilter.class));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnRepository {

        @Bean
        SessionRepository<MapSession> ownRepository() {
            return new MapSessionRepository(new ConcurrentHashMap<>());
        }
    }

    @Test
    void modesOfSpringSessionAreHonoured() {
        servlet.withPropertyValues(
                        "spring.session.data.redis.save-mode=always", "spring.session.data.redis.flush-mode=immediate")
                .run(context -> assertThat(settings(context.getBean(StateSessionRepository.class)))
                        .contains("saveMode=ALWAYS", "flushMode=IMMEDIATE"));
        servlet.withPropertyValues(
                        "spring.session.data.redis.save-mode=always", "redis-state.session.save-mode=on-get-attribute")
                .run(context -> assertThat(settings(context.getBean(StateSessionRepository.class)))
                        .contains("saveMode=ON_GET_ATTRIBUTE", "flushMode=ON_SAVE"));
    }

    private static String settings(StateSessionRepository sessions) {
        return String.valueOf(PropertyOrFieldSupport.EXTRACTION.getSimpleValue("settings", sessions));
    }

    @ParameterizedTest
    @CsvSource({
        "touch-interval, 0s",
        "max-lifetime, -1s",
        "sweep-interval, 10ms",
        "sweep-interval, 2m",
        "import-from, ' '",
        "limit.max-per-user, -1",
        "activity.max-entries, -1",
        "activity.ttl, 0s",
        "allowed-types, com.*.Cart",
        "on-unavailable, maybe"
    })
    void badValuesFailTheStartNamingTheProperty(String property, String value) {
        servlet.withPropertyValues("redis-state.session." + property + "=" + value)
                .run(context -> assertThat(context).getFailure().hasStackTraceContaining(property));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnTimeout {

        @Bean
        SessionTimeout ownTimeout() {
            return () -> Duration.ofMinutes(3);
        }
    }

    @Test
    void aTimeoutBeanOfTheApplicationWins() {
        servlet.withUserConfiguration(OwnTimeout.class)
                .withPropertyValues("spring.session.timeout=7m")
                .run(context -> assertThat(
                                context.getBean(StateSessionRepository.class).createSession())
                        .extracting("maxInactiveInterval")
                        .isEqualTo(Duration.ofMinutes(3)));
    }
}
