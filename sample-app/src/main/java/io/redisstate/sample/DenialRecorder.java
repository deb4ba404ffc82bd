package io.redisstate.sample;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Notes who was answered 429 and when they may come again, as the answer's own fields say. */
@Configuration(proxyBeanMethods = false)
class DenialRecorder implements WebMvcConfigurer, HandlerInterceptor {

    private final Statistics statistics;

    DenialRecorder(Statistics statistics) {
        this.statistics = statistics;
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(this).addPathPatterns("/api/buy");
    }

    @Override
    public void afterCompletion(
            HttpServletRequest request, HttpServletResponse response, Object handler, @Nullable Exception failure) {
        if (response.getStatus() == HttpStatus.TOO_MANY_REQUESTS.value()) {
            statistics.denied(
                    String.valueOf(request.getParameter("client")),
                    String.valueOf(response.getHeader(HttpHeaders.RETRY_AFTER)));
        }
    }
}
