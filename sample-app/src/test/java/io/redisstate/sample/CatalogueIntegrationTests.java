package io.redisstate.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two instances of the shop on one Redis and one database; each test has a product of its own. */
@RedisTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CatalogueIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(60);

    private final RedisServer redis = RedisServer.shared();
    private final HttpClient http = HttpClient.newHttpClient();
    private List<ConfigurableApplicationContext> instances = List.of();

    @BeforeAll
    void startTwo() {
        String prefix = redis.uniquePrefix();
        String database = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
        // Long enough that nothing becomes stale within a test, however slow the machine.
        instances = List.of(start(prefix, database, "20m"), start(prefix, database, "20m"));
    }

    private ConfigurableApplicationContext start(String prefix, String database, String fresh) {
        return new SpringApplicationBuilder(SampleApplication.class)
                .build()
                .run(
                        "--server.port=0",
                        "--spring.datasource.url=" + database,
                        "--spring.data.redis.url=" + redis.url(),
                        "--redis-state.key-prefix=" + prefix,
                        "--redis-state.cache.caches.products.fresh=" + fresh,
                        "--redis-state.cache.caches.products.keep=1h");
    }

    @AfterAll
    void stopThem() {
        instances.forEach(ConfigurableApplicationContext::close);
    }

    @Test
    void aPageSaysWhereItsProductCameFrom() throws Exception {
        String first = get(0, "/catalogue/poster").body();
        assertThat(first).contains("Poster", "18.00", "id=\"source\">LOADED<", "/product.js");
        JsonNode elsewhere = look(1, "poster");
        assertThat(elsewhere.path("source").asString()).isEqualTo("REDIS");
        await().atMost(SOON)
                .until(() -> look(0, "poster").path("source").asString().equals("NEAR"));
        assertThat(look(0, "poster").path("millis").asDouble()).isNotNegative();

        assertThat(get(0, "/catalogue").body()).contains("href=\"/catalogue/mug\"", "T-shirt");
        assertThat(get(0, "/").body()).contains("href=\"/catalogue\"");
        assertThat(get(0, "/catalogue/umbrella").statusCode()).isEqualTo(404);
    }

    @Test
    void fiveHundredVisitorsOfAColdPageMakeOneQuery() throws Exception {
        look(1, "record");

        HttpResponse<String> response = post(0, "/api/catalogue/record/stampede");

        assertThat(response.statusCode()).isEqualTo(200);
        JsonNode outcome = JsonMapper.shared().readTree(response.body());
        assertThat(outcome.path("queries").asInt()).isEqualTo(1);
        JsonNode answers = outcome.path("answers");
        assertThat(answers.path("LOADED").asInt()).isEqualTo(1);
        assertThat(answers.path("AWAITED").asInt()).isPositive();
        assertThat(List.of("LOADED", "AWAITED", "REDIS", "NEAR").stream()
                        .mapToInt(source -> answers.path(source).asInt())
                        .sum())
                .isEqualTo(500);
    }

    @Test
    void aPriceChangedAtOneInstanceIsSeenAtTheOther() throws Exception {
        for (int instance = 0; instance < 2; instance++) {
            int at = instance;
            await().atMost(SOON)
                    .until(() -> look(at, "shirt").path("source").asString().equals("NEAR"));
        }

        assertThat(post(0, "/api/catalogue/shirt/price?price=29.90").statusCode())
                .isEqualTo(200);

        assertThat(price(look(0, "shirt"))).isEqualTo(29.9);
        await().atMost(SOON).until(() -> price(look(1, "shirt")) == 29.9);
        assertThat(instances
                        .get(1)
                        .getBean(JdbcClient.class)
                        .sql("select price from product where id = 'shirt'")
                        .query(Double.class)
                        .single())
                .isEqualTo(29.9);
        assertThat(post(0, "/api/catalogue/shirt/price?price=-1").statusCode()).isEqualTo(400);
        assertThat(post(0, "/api/catalogue/umbrella/price?price=1").statusCode())
                .isEqualTo(404);
    }

    @Test
    void aStaleProductIsGivenWhileItIsRefreshed() throws Exception {
        String database = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
        try (ConfigurableApplicationContext shop = start(redis.uniquePrefix(), database, "50ms")) {
            await().atMost(SOON).until(() -> JsonMapper.shared()
                    .readTree(send(shop, "/api/catalogue/mug").body())
                    .path("source")
                    .asString()
                    .equals("STALE"));
        }
    }

    private static double price(JsonNode answer) {
        return answer.path("product").path("price").asDouble();
    }

    private JsonNode look(int instance, String product) throws Exception {
        HttpResponse<String> response = get(instance, "/api/catalogue/" + product);
        assertThat(response.statusCode()).isEqualTo(200);
        return JsonMapper.shared().readTree(response.body());
    }

    private HttpResponse<String> get(int instance, String path) throws Exception {
        return send(instances.get(instance), path);
    }

    private HttpResponse<String> send(ConfigurableApplicationContext shop, String path) throws Exception {
        return http.send(request(shop, path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(int instance, String path) throws Exception {
        return http.send(
                request(instances.get(instance), path)
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(ConfigurableApplicationContext shop, String path) {
        int port = Objects.requireNonNull(((WebServerApplicationContext) shop).getWebServer())
                .getPort();
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .timeout(Duration.ofSeconds(120));
    }
}
