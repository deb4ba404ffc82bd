package io.redisstate.autoconfigure.session;

import io.redisstate.session.SessionLoginEvent;
import io.redisstate.test.RedisServer;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.session.events.AbstractSessionEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A small application with logins, in a real Tomcat. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableWebSecurity
@Import({SessionApplication.Endpoint.class, SessionApplication.Events.class})
class SessionApplication {

    static ConfigurableApplicationContext start(RedisServer redis, String prefix, String... properties) {
        List<String> all = new ArrayList<>(List.of(
                "server.port=0",
                "spring.main.banner-mode=off",
                "spring.data.redis.url=" + redis.url(),
                "spring.data.redis.timeout=2s",
                "spring.data.redis.jedis.pool.max-active=32",
                "redis-state.key-prefix=" + prefix));
        all.addAll(List.of(properties));
        return new SpringApplicationBuilder(SessionApplication.class)
                .web(WebApplicationType.SERVLET)
                .properties(all.toArray(String[]::new))
                .run();
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http, Environment environment) {
        int most = environment.getProperty("test.security.maximum-sessions", Integer.class, 0);
        http.csrf(csrf -> csrf.disable())
                .authorizeHttpRequests(requests -> requests.requestMatchers("/open/**", "/login")
                        .permitAll()
                        .anyRequest()
                        .authenticated())
                .formLogin(form -> form.defaultSuccessUrl("/me", true))
                .logout(logout -> logout.logoutSuccessUrl("/open/bye"));
        if (most > 0) {
            http.sessionManagement(sessions -> sessions.maximumSessions(most)
                    .maxSessionsPreventsLogin(
                            environment.getProperty("test.security.prevents-login", Boolean.class, false)));
        }
        return http.build();
    }

    @Bean
    UserDetailsService anyone() {
        return name ->
                User.withUsername(name).password("{noop}secret").roles("USER").build();
    }

    @RestController
    static class Endpoint {

        @GetMapping("/open/plain")
        String plain() {
            return "ok";
        }

        @GetMapping({"/open/get", "/get"})
        String get(HttpSession session, @RequestParam String name) {
            return String.valueOf(session.getAttribute(name));
        }

        @PostMapping({"/open/set", "/set"})
        String set(HttpSession session, @RequestParam String name, @RequestParam String value) {
            session.setAttribute(name, value);
            return "ok";
        }

        @GetMapping("/me")
        String me(Principal principal, HttpSession session) {
            Object noted = session.getAttribute("noted");
            return principal.getName() + ' ' + noted;
        }

        @PostMapping("/note")
        String note(Principal principal, HttpSession session, @RequestParam String value) {
            String before = me(principal, session);
            session.setAttribute("noted", value);
            return before;
        }

        @GetMapping("/large")
        String large(HttpSession session) {
            session.setAttribute("large", true);
            return "x".repeat(200_000);
        }

        @GetMapping("/open/error")
        String error(@Nullable HttpSession session) {
            throw new IllegalStateException("on purpose");
        }
    }

    /** What the application was told. */
    static class Events implements HttpSessionListener {

        final List<String> servlet = new CopyOnWriteArrayList<>();
        final List<AbstractSessionEvent> spring = new CopyOnWriteArrayList<>();
        final List<SessionLoginEvent> logins = new CopyOnWriteArrayList<>();

        @EventListener
        void on(AbstractSessionEvent event) {
            spring.add(Objects.requireNonNull(event));
        }

        @EventListener
        void on(SessionLoginEvent event) {
            logins.add(Objects.requireNonNull(event));
        }

        @Override
        public void sessionCreated(HttpSessionEvent event) {
            servlet.add("created");
        }

        @Override
        public void sessionDestroyed(HttpSessionEvent event) {
            servlet.add("destroyed");
        }
    }
}
