package io.redisstate.ratelimit.http;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

class ServletRateLimitTests extends RateLimitHttpContract {

    @Override
    WebApplicationType stack() {
        return WebApplicationType.SERVLET;
    }

    @Override
    Class<?> configuration() {
        return Mvc.class;
    }

    @Configuration(proxyBeanMethods = false)
    @Import(ServletRateLimitAdvice.class)
    @ImportAutoConfiguration({
        TomcatServletWebServerAutoConfiguration.class,
        DispatcherServletAutoConfiguration.class,
        WebMvcAutoConfiguration.class,
        ErrorMvcAutoConfiguration.class
    })
    static class Mvc {

        @Bean
        RateLimitFilter rateLimitFilter(HttpRateLimits limits) {
            return new RateLimitFilter(limits);
        }

        @Bean
        RouterFunction<ServerResponse> functional() {
            return RouterFunctions.route()
                    .GET("/functional", request -> {
                        throw RateLimitHttpContract.exceeded();
                    })
                    .build();
        }
    }
}
