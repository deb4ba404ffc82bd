package io.redisstate.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two instances of the shop on one Redis and one database. */
@RedisTest
class OrderMessagesIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final RedisServer redis = RedisServer.shared();
    private final HttpClient http = HttpClient.newHttpClient();
    private List<ConfigurableApplicationContext> instances = List.of();

    @BeforeEach
    void startTwo() {
        String prefix = redis.uniquePrefix();
        String database = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
        instances = List.of(start(prefix, database), start(prefix, database));
    }

    private ConfigurableApplicationContext start(String prefix, String database) {
        return new SpringApplicationBuilder(SampleApplication.class)
                .build()
                .run(
                        "--server.port=0",
                        "--spring.datasource.url=" + database,
                        "--spring.data.redis.url=" + redis.url(),
                        "--redis-state.key-prefix=" + prefix);
    }

    @AfterEach
    void stopThem() {
        instances.forEach(ConfigurableApplicationContext::close);
    }

    @Test
    void eachOrderReachesMailerAndAnalyticsOnce() throws Exception {
        for (int i = 0; i < 10; i++) {
            buy(i % 2, "client" + i);
        }

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(done("mailer")).isEqualTo(10);
            assertThat(done("analytics")).isEqualTo(10);
        });
    }

    @Test
    void whatABrokenMailerFailedWithIsRedrivenAndAnalyticsGoesOn() throws Exception {
        post(0, "/api/orders/mailer?broken=true");
        await().atMost(SOON).until(() -> orders(1).path("broken").asBoolean());
        for (int i = 0; i < 4; i++) {
            buy(i % 2, "client" + i);
        }

        await().atMost(SOON).pollInterval(Duration.ofMillis(20)).untilAsserted(() -> {
            JsonNode pending = orders(1).path("pending").path(0);
            assertThat(pending.path("deliveries").asInt()).isPositive();
            assertThat(pending.path("consumer").asString()).isNotBlank();
        });
        await().atMost(SOON).untilAsserted(() -> {
            JsonNode orders = orders(0);
            assertThat(orders.path("pending").isEmpty()).isTrue();
            assertThat(orders.path("dead").size()).isEqualTo(4);
            assertThat(orders.path("dead").path(0).path("attempts").asInt()).isEqualTo(3);
            assertThat(orders.path("dead").path(0).path("reason").asString()).startsWith("No mail to client");
            assertThat(consumer(orders, "mailer").path("dead").asInt()).isEqualTo(4);
        });
        await().atMost(SOON).untilAsserted(() -> assertThat(done("analytics")).isEqualTo(4));
        assertThat(done("mailer")).isZero();

        post(1, "/api/orders/mailer?broken=false");
        await().atMost(SOON).until(() -> !orders(0).path("broken").asBoolean());
        assertThat(post(0, "/api/orders/redrive").body()).contains("\"redriven\":4");

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(done("mailer")).isEqualTo(4);
            assertThat(orders(1).path("dead").isEmpty()).isTrue();
        });
        assertThat(done("analytics")).isEqualTo(4);
    }

    @Test
    void aNotificationReachesThePagesOfBothInstances() throws Exception {
        BlockingQueue<String> first = openPage(0);
        BlockingQueue<String> second = openPage(1);

        buy(0, "ann");
        buy(1, "bob");

        for (BlockingQueue<String> page : List.of(first, second)) {
            assertThat(page.poll(30, TimeUnit.SECONDS)).contains("ann", "bought seat 1");
            assertThat(page.poll(30, TimeUnit.SECONDS)).contains("bob", "bought seat 2");
        }
        assertThat(http.send(request(0, "/").build(), HttpResponse.BodyHandlers.ofString())
                        .body())
                .contains("id=\"live\"", "id=\"mailer\"", "id=\"redrive\"");
    }

    /** The data lines of a page's events. */
    private BlockingQueue<String> openPage(int instance) throws Exception {
        HttpResponse<InputStream> response =
                http.send(request(instance, "/api/live").build(), HttpResponse.BodyHandlers.ofInputStream());
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        BufferedReader reader = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        assertThat(reader.readLine()).isEqualTo(":open");
        Thread thread = new Thread(
                () -> reader.lines().filter(line -> line.startsWith("data:")).forEach(lines::add), "page-" + instance);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((dead, failure) -> lines.add("closed"));
        thread.start();
        return lines;
    }

    private int done(String consumer) throws Exception {
        return consumer(orders(0), consumer).path("here").asInt()
                + consumer(orders(1), consumer).path("here").asInt();
    }

    private static JsonNode consumer(JsonNode orders, String name) {
        for (JsonNode consumer : orders.path("consumers")) {
            if (consumer.path("name").asString().equals(name)) {
                return consumer;
            }
        }
        throw new AssertionError("No consumer " + name + " in " + orders);
    }

    private JsonNode orders(int instance) throws Exception {
        HttpResponse<String> response =
                http.send(request(instance, "/api/orders").build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return JsonMapper.shared().readTree(response.body());
    }

    private void buy(int instance, String client) throws Exception {
        assertThat(post(instance, "/api/buy?client=" + client).statusCode()).isEqualTo(201);
    }

    private HttpResponse<String> post(int instance, String path) throws Exception {
        return http.send(
                request(instance, path)
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(int instance, String path) {
        WebServerApplicationContext web = (WebServerApplicationContext) instances.get(instance);
        int port = Objects.requireNonNull(web.getWebServer()).getPort();
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .timeout(Duration.ofSeconds(60));
    }
}
