package io.redisstate.ratelimit.http;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.error.ErrorWebFluxAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class ReactiveRateLimitTests extends RateLimitHttpContract {

    @Override
    WebApplicationType stack() {
        return WebApplicationType.REACTIVE;
    }

    @Override
    Class<?> configuration() {
        return Flux.class;
    }

    @Configuration(proxyBeanMethods = false)
    @Import(ReactiveRateLimitAdvice.class)
    @ImportAutoConfiguration({
        NettyReactiveWebServerAutoConfiguration.class,
        HttpHandlerAutoConfiguration.class,
        WebFluxAutoConfiguration.class,
        ErrorWebFluxAutoConfiguration.class
    })
    static class Flux {

        @Bean
        RateLimitWebFilter rateLimitFilter(HttpRateLimits limits) {
            return new RateLimitWebFilter(limits, Schedulers.boundedElastic(), -50);
        }

        @Bean
        RouterFunction<ServerResponse> functional() {
            return RouterFunctions.route()
                    .GET("/functional", request -> Mono.error(RateLimitHttpContract.exceeded()))
                    .build();
        }
    }
}
