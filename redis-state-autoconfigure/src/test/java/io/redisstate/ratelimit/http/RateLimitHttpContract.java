package io.redisstate.ratelimit.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.core.JsonCodec;
import io.redisstate.core.RedisUnavailableException;
import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitExceededException;
import io.redisstate.ratelimit.RateLimitResult;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** What HTTP clients see, the same on every stack: a running server asked by a client that knows nothing of Spring. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RateLimitHttpContract {

    private static final String TYPES = "https://iana.org/assignments/http-problem-types#";

    private final HttpClient client = HttpClient.newHttpClient();
    private final JsonMapper json = new JsonMapper();
    private ConfigurableApplicationContext server;

    abstract WebApplicationType stack();

    abstract Class<?> configuration();

    @BeforeAll
    void start() {
        server = new SpringApplicationBuilder(Shared.class, configuration())
                .web(stack())
                .properties("server.port=0", "spring.main.banner-mode=off")
                .run();
    }

    @BeforeEach
    void reset() {
        server.getBean(CountingLimits.class).reset();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void allowedAnswerTellsPolicyAndLimit() throws Exception {
        HttpResponse<String> answer = get("/two/allowed");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("two");
        assertThat(answer.headers().allValues("RateLimit-Policy")).containsExactly("\"two\";q=2;w=60");
        assertThat(answer.headers().allValues("RateLimit")).containsExactly("\"two\";r=1;t=30");
        assertThat(answer.headers().firstValue("Retry-After")).isEmpty();
    }

    @Test
    void requestOverTheLimitIs429WithProblemBody() throws Exception {
        HttpResponse<String> answer = get("/two/denied");
        for (int i = 0; i < 2; i++) {
            assertThat(answer.statusCode()).isEqualTo(200);
            answer = get("/two/denied");
        }
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).contains("30");
        assertThat(answer.headers().allValues("RateLimit-Policy")).containsExactly("\"two\";q=2;w=60");
        assertThat(answer.headers().allValues("RateLimit")).containsExactly("\"two\";r=0;t=30");
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(problem(answer))
                .containsEntry("type", TYPES + "quota-exceeded")
                .containsEntry("status", 429)
                .containsEntry("detail", "The limit 'two' of 2 in 60 seconds is used up; try again in 30 seconds")
                .containsEntry("instance", "/two/denied")
                .containsEntry("violated-policies", List.of("two"))
                .containsEntry("retry-after", 30)
                .containsKey("title");
    }

    @Test
    void headerSeparatesClientsAndAddressIsTheFallback() throws Exception {
        assertThat(get("/keyed", "X-Api-Key", "a").statusCode()).isEqualTo(200);
        assertThat(get("/keyed", "X-Api-Key", "a").statusCode()).isEqualTo(429);
        assertThat(get("/keyed", "X-Api-Key", "b").statusCode()).isEqualTo(200);
        assertThat(get("/keyed").statusCode()).isEqualTo(200);
        assertThat(get("/keyed").statusCode()).isEqualTo(429);
    }

    @Test
    void forwardedAddressOfTrustedProxyIsTheClient() throws Exception {
        assertThat(get("/address", "X-Forwarded-For", "9.9.9.9, 198.51.100.1").statusCode())
                .isEqualTo(200);
        assertThat(get("/address", "X-Forwarded-For", "8.8.8.8, 198.51.100.1").statusCode())
                .isEqualTo(429);
        assertThat(get("/address", "X-Forwarded-For", "198.51.100.2").statusCode())
                .isEqualTo(200);
    }

    @Test
    void pathWithoutRuleHasNoFields() throws Exception {
        HttpResponse<String> answer = get("/free");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("RateLimit")).isEmpty();
        assertThat(answer.headers().firstValue("RateLimit-Policy")).isEmpty();
    }

    @Test
    void exceptionOfHandlerIs429AlthoughTheApplicationHandlesAll() throws Exception {
        assertThat(get("/broken").statusCode()).isEqualTo(500);
        assertThrown(get("/thrown"));
    }

    @Test
    void exceptionOfFunctionalEndpointIs429() throws Exception {
        assertThrown(get("/functional"));
    }

    @Test
    void problemBodyIsJsonWhateverTheClientAccepts() throws Exception {
        HttpResponse<String> answer = get("/thrown", "Accept", "text/html");
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    }

    @Test
    void resultsOfRuleAndHandlerAreOneList() throws Exception {
        HttpResponse<String> answer = get("/two/thrown");
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().allValues("RateLimit")).containsExactly("\"two\";r=1;t=30, \"thrown\";r=0;t=3");
    }

    @Test
    void closedLimitIs503WithRetryAfterWhileRedisIsAway() throws Exception {
        CountingLimits limits = server.getBean(CountingLimits.class);
        limits.fail(new RedisUnavailableException("away", null));
        HttpResponse<String> answer = get("/two/closed");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).contains("7");
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(problem(answer))
                .containsEntry("type", TYPES + "temporary-reduced-capacity")
                .containsEntry("status", 503)
                .containsEntry("violated-policies", List.of("two"));
    }

    private void assertThrown(HttpResponse<String> answer) throws IOException {
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).contains("3");
        assertThat(answer.headers().allValues("RateLimit")).containsExactly("\"thrown\";r=0;t=3");
        assertThat(problem(answer)).containsEntry("violated-policies", List.of("thrown"));
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> problem(HttpResponse<String> answer) {
        return json.readValue(answer.body(), Map.class);
    }

    private HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        String port = server.getEnvironment().getRequiredProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    static RateLimitExceededException exceeded() {
        RateLimit rule = RateLimit.of("thrown", 1, Duration.ofSeconds(3));
        return new RateLimitExceededException(
                new RateLimitResult(false, 1, 0, Duration.ofSeconds(3), Duration.ofSeconds(3), rule));
    }

    @Configuration(proxyBeanMethods = false)
    @Import({Endpoints.class, CatchAll.class})
    static class Shared {

        @Bean
        CountingLimits countingLimits() {
            return new CountingLimits().limit("two", 2).limit("one", 1);
        }

        @Bean
        HttpRateLimits httpRateLimits(CountingLimits limits) {
            return HttpRateLimits.builder(limits, limits.limits(), new JsonCodec(new JsonMapper()))
                    .rules(List.of(
                            new HttpRateLimitRule(
                                    "/two/{case}",
                                    Set.of(),
                                    List.of("header:X-None"),
                                    "two",
                                    1,
                                    HttpRateLimitRule.MissingKey.SHARED),
                            HttpRateLimitRule.of("/keyed", "header:X-Api-Key", "one"),
                            HttpRateLimitRule.of("/address", "remote-address", "one")))
                    .trustedProxies(List.of("127.0.0.0/8"))
                    .unavailableRetryAfter(Duration.ofSeconds(7))
                    .build();
        }
    }

    @RestController
    static class Endpoints {

        @GetMapping("/two/{name}")
        String two(@PathVariable String name) {
            if (name.equals("thrown")) {
                throw exceeded();
            }
            return "two";
        }

        @GetMapping({"/free", "/keyed", "/address"})
        String free() {
            return "free";
        }

        @GetMapping("/thrown")
        String thrown() {
            throw exceeded();
        }

        @GetMapping("/broken")
        String broken() {
            throw new IllegalStateException("broken");
        }
    }

    /** As many applications have it. */
    @ControllerAdvice
    static class CatchAll {

        @ExceptionHandler(Exception.class)
        ResponseEntity<String> all(Exception exception) {
            return ResponseEntity.status(HttpStatus.INTERNAL_SERVER_ERROR)
                    .contentType(MediaType.TEXT_PLAIN)
                    .body("caught");
        }
    }
}
