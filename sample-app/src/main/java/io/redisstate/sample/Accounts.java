package io.redisstate.sample;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/** Who may log in, and what for: buying is open to everyone, the devices page needs a login. */
@Configuration(proxyBeanMethods = false)
class Accounts {

    private static final String PASSWORD = "{noop}tickets";

    @Bean
    SecurityFilterChain security(HttpSecurity http) {
        return http.authorizeHttpRequests(requests -> requests.requestMatchers("/devices/**")
                        .authenticated()
                        .anyRequest()
                        .permitAll())
                // Nothing below /api knows who is logged in.
                .csrf(csrf -> csrf.ignoringRequestMatchers("/api/**"))
                .formLogin(form -> form.defaultSuccessUrl("/devices", true))
                .logout(logout -> logout.logoutSuccessUrl("/"))
                .build();
    }

    /** A shop for trying out: two accounts with a password that the page tells. */
    @Bean
    UserDetailsService buyers() {
        return new InMemoryUserDetailsManager(account("alice"), account("bob"));
    }

    private static UserDetails account(String name) {
        return User.withUsername(name).password(PASSWORD).roles("BUYER").build();
    }
}
