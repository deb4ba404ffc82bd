package io.redisstate.autoconfigure.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.session.UserSession;
import io.redisstate.session.UserSessions;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.userdetails.ReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.authentication.RedirectServerAuthenticationSuccessHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.WebSession;
import reactor.core.publisher.Mono;

/** The same sessions on WebFlux and Netty. */
@RedisTest
class ReactiveSessionIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final List<ConfigurableApplicationContext> running = new ArrayList<>();

    @AfterEach
    void stop() {
        running.forEach(ConfigurableApplicationContext::close);
    }

    private ConfigurableApplicationContext start(String... properties) {
        return start(redis, properties);
    }

    private ConfigurableApplicationContext start(RedisServer server, String... properties) {
        List<String> all = new ArrayList<>(List.of(
                "server.port=0",
                // Reactor Netty up to 1.3.7 may stop reading a connection that is used again (reactor-netty#4361).
                "server.netty.max-keep-alive-requests=1",
                "spring.main.banner-mode=off",
                "spring.data.redis.url=" + server.url(),
                "spring.data.redis.timeout=1s",
                "redis-state.retry.attempts=1",
                "redis-state.circuit-breaker.open-time=1s",
                "redis-state.key-prefix=" + prefix));
        all.addAll(List.of(properties));
        ConfigurableApplicationContext started = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.REACTIVE)
                .properties(all.toArray(String[]::new))
                .run();
        running.add(started);
        return started;
    }

    @Test
    void aLoginAtOneInstanceIsOneAtTheOther() {
        ConfigurableApplicationContext one = start();
        ConfigurableApplicationContext two = start();
        Browser browser = new Browser("Firefox/140");
        browser.post(one, "/open/set", "x", "y");
        browser.get(one, "/open/set?name=noted&value=before");
        String before = browser.cookie("SESSION");

        assertThat(browser.loggedInTo(one, "alice")).isEqualTo("/me");
        assertThat(browser.cookie("SESSION")).isNotEqualTo(before);
        assertThat(browser.get(two, "/me").body()).isEqualTo("alice before");
        browser.get(two, "/open/set?name=noted&value=after");
        assertThat(browser.get(one, "/me").body()).isEqualTo("alice after");

        UserSessions users = two.getBean(UserSessions.class);
        assertThat(users.list("alice")).hasSize(1).first().satisfies(session -> {
            assertThat(session.id()).isEqualTo(browser.cookie("SESSION"));
            assertThat(session.address()).isEqualTo("127.0.0.1");
            assertThat(session.userAgent()).isEqualTo("Firefox/140");
        });
        assertThat(users.revokeAll("alice")).isEqualTo(1);
        assertThat(browser.get(one, "/me").statusCode()).isEqualTo(302);
    }

    @Test
    void timeoutAndCookieAreAsBootsPropertiesSay() {
        ConfigurableApplicationContext server = start(
                "server.reactive.session.timeout=3s",
                "server.reactive.session.cookie.name=sid",
                "redis-state.session.sweep-interval=200ms");
        Browser browser = new Browser("test");
        browser.get(server, "/open/set?name=noted&value=1");
        assertThat(browser.cookie("sid")).isNotBlank();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> redis.keys(prefix + ":session:").isEmpty());
    }

    @Test
    void limitsHoldHereToo() {
        ConfigurableApplicationContext refusing =
                start("redis-state.session.limit.max-per-user=1", "redis-state.session.limit.when-reached=refuse");
        Browser first = new Browser("first");
        Browser second = new Browser("second");
        assertThat(first.loggedInTo(refusing, "alice")).isEqualTo("/me");
        assertThat(second.loggedInTo(refusing, "alice")).isEqualTo("/login?error");
        assertThat(second.get(refusing, "/me").statusCode()).isEqualTo(302);
        assertThat(first.get(refusing, "/me").statusCode()).isEqualTo(200);

        ConfigurableApplicationContext ending = start("redis-state.session.limit.max-per-user=1");
        assertThat(second.loggedInTo(ending, "alice")).isEqualTo("/me");
        assertThat(first.get(refusing, "/me").statusCode()).isEqualTo(302);
        assertThat(ending.getBean(UserSessions.class).list("alice"))
                .extracting(UserSession::userAgent)
                .containsExactly("second");
    }

    @Test
    void requestsCostWhatIsPromisedAndFailWith503WhileRedisIsAway() throws Exception {
        try (RedisServer own = RedisServer.start()) {
            ConfigurableApplicationContext server = start(own, "redis-state.session.sweep-interval=1m");
            Browser browser = new Browser("test");
            browser.loggedInTo(server, "alice");
            browser.get(server, "/open/set?name=noted&value=0");

            CommandCount read = own.count(() -> browser.get(server, "/me"));
            CommandCount changed = own.count(() -> browser.get(server, "/open/set?name=noted&value=1"));
            assertThat(read.all()).containsOnlyKeys("hgetall");
            assertThat(read.total()).isEqualTo(1);
            assertThat(changed.total()).isEqualTo(3);

            own.kill();
            assertThat(browser.get(server, "/me").statusCode()).isEqualTo(503);
            assertThat(new Browser("visitor").get(server, "/open/plain").statusCode())
                    .isEqualTo(200);
            own.restart();
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() ->
                            assertThat(browser.get(server, "/me").statusCode()).isEqualTo(302));
        }
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableWebFluxSecurity
    @Import(Endpoint.class)
    static class Application {

        @Bean
        SecurityWebFilterChain security(ServerHttpSecurity http) {
            return http.csrf(csrf -> csrf.disable())
                    .authorizeExchange(exchanges -> exchanges
                            .pathMatchers("/open/**", "/login")
                            .permitAll()
                            .anyExchange()
                            .authenticated())
                    .formLogin(form ->
                            form.authenticationSuccessHandler(new RedirectServerAuthenticationSuccessHandler("/me")))
                    .build();
        }

        @Bean
        ReactiveUserDetailsService anyone() {
            return name -> Mono.just(User.withUsername(name)
                    .password("{noop}secret")
                    .roles("USER")
                    .build());
        }
    }

    @RestController
    static class Endpoint {

        @GetMapping("/open/plain")
        String plain() {
            return "ok";
        }

        @GetMapping("/open/set")
        String set(WebSession session, @RequestParam String name, @RequestParam String value) {
            session.getAttributes().put(name, value);
            return "ok";
        }

        @PostMapping("/open/set")
        String nothing() {
            return "ok";
        }

        @GetMapping("/me")
        String me(Principal principal, WebSession session) {
            return principal.getName() + ' ' + session.getAttribute("noted");
        }
    }
}
