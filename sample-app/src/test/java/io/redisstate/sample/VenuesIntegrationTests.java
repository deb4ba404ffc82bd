package io.redisstate.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.cache.write.WriteBehind;
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
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

@RedisTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VenuesIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final RedisServer redis = RedisServer.shared();
    private final HttpClient http = HttpClient.newHttpClient();
    private final String prefix = redis.uniquePrefix();
    private final String database = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";

    @SuppressWarnings("NullAway.Init")
    private ConfigurableApplicationContext shop;

    @BeforeAll
    void start() {
        shop = startOne();
    }

    private ConfigurableApplicationContext startOne() {
        return new SpringApplicationBuilder(SampleApplication.class)
                .run(
                        "--server.port=0",
                        "--spring.datasource.url=" + database,
                        "--spring.data.redis.url=" + redis.url(),
                        "--redis-state.key-prefix=" + prefix);
    }

    @AfterAll
    void stop() {
        shop.close();
    }

    @Test
    void theNearestVenuesAreNamedWithTheirDistances() throws Exception {
        assertThat(get("/api/venues/nearest?latitude=52.39&longitude=13.06").body())
                .startsWith("[{\"id\":\"berlin\",\"kilometres\":27}")
                .contains("leipzig");
        HttpResponse<String> nowhere = get("/api/venues/nearest?latitude=91&longitude=0");
        assertThat(nowhere.statusCode()).isEqualTo(400);
        assertThat(nowhere.body()).contains("latitude is 91.0");
    }

    @Test
    void looksAreCountedAndWrittenToTheDatabase() throws Exception {
        post("/api/venues/paris/views");
        assertThat(post("/api/venues/paris/views").body()).isEqualTo("{\"views\":2}");
        assertThat(post("/api/venues/atlantis/views").statusCode()).isEqualTo(404);
        await().atMost(SOON).until(() -> written("paris").equals(List.of(2L)));
        post("/api/venues/paris/views");
        await().atMost(SOON).until(() -> written("paris").equals(List.of(3L)));
        assertThat(get("/venues").body()).contains("<svg", "data-id=\"paris\"", "Copenhagen");
    }

    @Test
    void manyLooksOfManyAreWrittenInFewBatchesAndNoneIsLost() throws Exception {
        WriteBehind writes = shop.getBean(RedisStateCacheManager.class)
                .getCache("venue-views")
                .writeBehind()
                .orElseThrow();
        List<CompletableFuture<HttpResponse<String>>> looks = IntStream.range(0, 200)
                .mapToObj(i -> http.sendAsync(
                        HttpRequest.newBuilder(uri("/api/venues/berlin/views"))
                                .timeout(Duration.ofSeconds(60))
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString()))
                .toList();
        looks.forEach(look -> assertThat(look.join().statusCode()).isEqualTo(200));

        await().atMost(SOON).until(() -> written("berlin").equals(List.of(200L)));
        assertThat(writes.statistics().coalesced()).isPositive();
    }

    @Test
    void whatAnInstanceCountedBeforeItEndedIsWritten() throws Exception {
        try (ConfigurableApplicationContext other = startOne()) {
            int port = Objects.requireNonNull(((WebServerApplicationContext) other).getWebServer())
                    .getPort();
            send(HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/api/venues/vienna/views"))
                    .POST(HttpRequest.BodyPublishers.noBody()));
        }

        await().atMost(SOON).until(() -> written("vienna").equals(List.of(1L)));
    }

    private List<Long> written(String venue) {
        return shop.getBean(JdbcClient.class)
                .sql("select views from venue_view where venue = :venue")
                .param("venue", venue)
                .query((row, n) -> row.getLong("views"))
                .list();
    }

    @Test
    void visitorsAndBuyersAreShown() throws Exception {
        post("/api/buy?client=ann");
        post("/api/buy?client=ann");
        post("/api/buy?client=ben");
        post("/api/audience?visitor=one");
        assertThat(post("/api/audience?visitor=two").body())
                .isEqualTo("{\"visitors\":2,\"buyers\":[{\"rank\":1,\"client\":\"ann\",\"seats\":2},"
                        + "{\"rank\":2,\"client\":\"ben\",\"seats\":1}]}");
        assertThat(get("/").body()).contains("audience.js", "href=\"/venues\"");
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    private HttpResponse<String> post(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.noBody()));
    }

    private URI uri(String path) {
        int port = Objects.requireNonNull(((WebServerApplicationContext) shop).getWebServer())
                .getPort();
        return URI.create("http://localhost:" + port + path);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
    }
}
