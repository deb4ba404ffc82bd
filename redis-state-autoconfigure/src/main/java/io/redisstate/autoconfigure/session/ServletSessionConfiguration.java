package io.redisstate.autoconfigure.session;

import io.redisstate.session.StateSessionRepository;
import io.redisstate.session.web.SessionFilter;
import io.redisstate.session.web.UserSessionRegistry;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingFilterBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.session.autoconfigure.SessionProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.core.session.SessionRegistry;
import org.springframework.session.config.annotation.web.http.SpringHttpSessionConfiguration;

/** Sessions of servlets. Spring Boot's own auto-configuration registers the filter that is defined here. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@Import(SpringHttpSessionConfiguration.class)
class ServletSessionConfiguration {

    @Bean
    @ConditionalOnMissingFilterBean
    FilterRegistrationBean<SessionFilter> stateSessionFilter(SessionProperties spring) {
        FilterRegistrationBean<SessionFilter> filter = new FilterRegistrationBean<>(new SessionFilter());
        filter.setOrder(spring.getServlet().getFilterOrder() - 1);
        EnumSet<DispatcherType> types = EnumSet.noneOf(DispatcherType.class);
        spring.getServlet().getFilterDispatcherTypes().forEach(type -> types.add(DispatcherType.valueOf(type.name())));
        filter.setDispatcherTypes(types);
        return filter;
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(SessionRegistry.class)
    static class Security {

        /** Used by Spring Security where the application limits sessions there. */
        @Bean
        @ConditionalOnMissingBean(SessionRegistry.class)
        UserSessionRegistry sessionRegistry(StateSessionRepository sessions) {
            return new UserSessionRegistry(sessions);
        }
    }
}
