package io.redisstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import io.redisstate.ratelimit.RateLimiters;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Properties, filter, limiter and Redis together, in a running Tomcat and a running Netty. */
@RedisTest
class HttpRateLimitIntegrationTests {

    private final HttpClient client = HttpClient.newHttpClient();

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void concurrentRequestsOfTwoServersNeverPassMoreThanTheLimit(WebApplicationType stack, RedisServer redis) {
        String prefix = "t-" + UUID.randomUUID();
        try (ConfigurableApplicationContext one = start(stack, redis, prefix);
                ConfigurableApplicationContext other = start(stack, redis, prefix)) {
            List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                sent.add(client.sendAsync(
                        request(i % 2 == 0 ? one : other, "/api"), HttpResponse.BodyHandlers.ofString()));
            }
            List<HttpResponse<String>> answers =
                    sent.stream().map(CompletableFuture::join).toList();
            assertThat(answers).filteredOn(answer -> answer.statusCode() == 200).hasSize(20);
            assertThat(answers)
                    .filteredOn(answer -> answer.statusCode() == 429)
                    .hasSize(40)
                    .allSatisfy(answer -> {
                        assertThat(answer.headers()
                                        .firstValueAsLong("Retry-After")
                                        .orElse(-1))
                                .isBetween(3000L, 3600L);
                        assertThat(answer.headers().firstValue("RateLimit").orElseThrow())
                                .startsWith("\"api\";r=0;t=");
                    });
        }
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void requestCostsOneScriptCallAndFollowsChangesOfTheLimit(WebApplicationType stack, RedisServer redis)
            throws Exception {
        try (ConfigurableApplicationContext server = start(stack, redis, "t-" + UUID.randomUUID())) {
            assertThat(get(server, "/both").headers().firstValue("RateLimit-Policy"))
                    .contains("\"api\";q=20;w=3600, \"log\";q=5;w=3600");
            assertThat(redis.count(() -> get(server, "/both")).of("evalsha")).isEqualTo(1);
            assertThat(redis.count(() -> get(server, "/free")).of("evalsha")).isZero();
            server.getBean(RateLimiters.class)
                    .define(RateLimit.of("log", 2, Duration.ofHours(1)).withAlgorithm(RateLimitAlgorithm.SLIDING_LOG));
            assertThat(get(server, "/both").statusCode()).isEqualTo(429);
        }
    }

    private ConfigurableApplicationContext start(WebApplicationType stack, RedisServer redis, String prefix) {
        String limits = "redis-state.rate-limit.limits.";
        String rules = "redis-state.rate-limit.http.rules";
        return new SpringApplicationBuilder(Application.class)
                .web(stack)
                .properties(
                        "server.port=0",
                        "spring.main.banner-mode=off",
                        "spring.data.redis.url=" + redis.url(),
                        "redis-state.key-prefix=" + prefix,
                        limits + "api.limit=20",
                        limits + "api.per=1h",
                        limits + "api.algorithm=fixed-window",
                        limits + "log.limit=5",
                        limits + "log.per=1h",
                        limits + "log.algorithm=sliding-log",
                        rules + "[0].path=/{any:api|both}",
                        rules + "[0].limit=api",
                        rules + "[1].path=/both",
                        rules + "[1].limit=log")
                .run();
    }

    private HttpResponse<String> get(ConfigurableApplicationContext server, String path) throws Exception {
        return client.send(request(server, path), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest request(ConfigurableApplicationContext server, String path) {
        String port = server.getEnvironment().getRequiredProperty("local.server.port");
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Endpoint.class)
    static class Application {}

    @RestController
    static class Endpoint {

        @GetMapping({"/api", "/both", "/free"})
        String answer() {
            return "ok";
        }
    }
}
