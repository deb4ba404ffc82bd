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
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
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
@ParameterizedClass
@EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
class HttpRateLimitIntegrationTests {

    private static @Nullable ConfigurableApplicationContext one;
    private static @Nullable ConfigurableApplicationContext other;

    @Parameter
    WebApplicationType stack = WebApplicationType.NONE;

    private final RedisServer redis = RedisServer.shared();
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeParameterizedClassInvocation
    static void startServers(WebApplicationType stack) {
        String prefix = "t-" + UUID.randomUUID();
        one = start(stack, RedisServer.shared(), prefix);
        other = start(stack, RedisServer.shared(), prefix);
    }

    @AfterParameterizedClassInvocation
    static void stopServers() {
        Objects.requireNonNull(one).close();
        Objects.requireNonNull(other).close();
    }

    @Test
    void concurrentRequestsOfTwoServersNeverPassMoreThanTheLimit() {
        List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            sent.add(client.sendAsync(
                    request(Objects.requireNonNull(i % 2 == 0 ? one : other), "/api"),
                    HttpResponse.BodyHandlers.ofString()));
        }
        List<HttpResponse<String>> answers =
                sent.stream().map(CompletableFuture::join).toList();
        assertThat(answers).filteredOn(answer -> answer.statusCode() == 200).hasSize(20);
        assertThat(answers)
                .filteredOn(answer -> answer.statusCode() == 429)
                .hasSize(40)
                .allSatisfy(answer -> {
                    assertThat(answer.headers().firstValueAsLong("Retry-After").orElse(-1))
                            .isBetween(3000L, 3600L);
                    assertThat(answer.headers().firstValue("RateLimit").orElseThrow())
                            .startsWith("\"api\";r=0;t=");
                });
    }

    @Test
    void requestCostsOneScriptCallAndFollowsChangesOfTheLimit() throws Exception {
        ConfigurableApplicationContext server = Objects.requireNonNull(one);
        assertThat(get(server, "/both").headers().firstValue("RateLimit-Policy"))
                .contains("\"day\";q=20;w=3600, \"log\";q=5;w=3600");
        assertThat(redis.count(() -> get(server, "/both")).of("evalsha")).isEqualTo(1);
        assertThat(redis.count(() -> get(server, "/free")).of("evalsha")).isZero();
        server.getBean(RateLimiters.class)
                .define(RateLimit.of("log", 2, Duration.ofHours(1)).withAlgorithm(RateLimitAlgorithm.SLIDING_LOG));
        assertThat(get(server, "/both").statusCode()).isEqualTo(429);
    }

    private static ConfigurableApplicationContext start(WebApplicationType stack, RedisServer redis, String prefix) {
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
                        limits + "day.limit=20",
                        limits + "day.per=1h",
                        limits + "day.algorithm=fixed-window",
                        limits + "log.limit=5",
                        limits + "log.per=1h",
                        limits + "log.algorithm=sliding-log",
                        rules + "[0].path=/api",
                        rules + "[0].limit=api",
                        rules + "[1].path=/both",
                        rules + "[1].limit=day",
                        rules + "[2].path=/both",
                        rules + "[2].limit=log")
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
