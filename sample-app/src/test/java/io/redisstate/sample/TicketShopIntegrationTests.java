package io.redisstate.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.h2.tools.Server;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

@RedisTest
class TicketShopIntegrationTests {

    private static final Duration STARTED = Duration.ofSeconds(90);

    private final RedisServer redis = RedisServer.shared();
    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void aCrowdAtOneInstanceBuysEverySeatOnce() throws Exception {
        try (ConfigurableApplicationContext shop = start("--spring.datasource.url=" + memory())) {
            Map<Integer, Integer> answers = shop.getBean(Crowd.class).rush(Crowd.BUYERS);

            assertThat(answers).containsEntry(201, 100).containsKey(429).containsKey(410);
            assertThat(answers.values().stream().mapToInt(Integer::intValue).sum())
                    .isEqualTo(Crowd.BUYERS);
            assertEverySeatIsSoldOnce(shop.getBean(SaleRepository.class));
            Statistics.Snapshot seen = shop.getBean(Statistics.class).snapshot();
            assertThat(seen.denied()).isEqualTo(answers.get(429));
            assertThat(seen.soldHere()).isEqualTo(100);
            assertThat(seen.waits().count()).isEqualTo(answers.getOrDefault(201, 0) + answers.getOrDefault(410, 0));

            String page = get(shop, "/").body();
            assertThat(page).contains("id=\"sold\">100<", "id=\"left\">0<", "500 buyers", "3 times in 10 s");
        }
    }

    @Test
    void withoutTheLockTheShopOversells() throws Exception {
        try (ConfigurableApplicationContext shop = start("--spring.datasource.url=" + memory())) {
            BoxOffice unguarded = shop.getBean(BoxOffice.class);
            inParallel(300, i -> {
                unguarded.sell(SaleRepository.FLASH_SALE, "client" + i);
                return 0;
            });

            assertThat(shop.getBean(SaleRepository.class).tickets(SaleRepository.FLASH_SALE))
                    .hasSizeGreaterThan(100);
        }
    }

    @Test
    void aClientOverItsLimitIsToldWhenToComeAgain() throws Exception {
        try (ConfigurableApplicationContext shop = start("--spring.datasource.url=" + memory())) {
            String path = "/api/buy?client=eager-" + UUID.randomUUID();
            for (int i = 0; i < 3; i++) {
                assertThat(post(shop, path).statusCode()).isEqualTo(201);
            }
            HttpResponse<String> denied = post(shop, path);

            assertThat(denied.statusCode()).isEqualTo(429);
            assertThat(denied.headers().firstValue("Retry-After"))
                    .hasValueSatisfying(
                            seconds -> assertThat(Integer.parseInt(seconds)).isBetween(1, 10));
            assertThat(denied.headers().firstValue("Content-Type")).hasValue("application/problem+json");
            assertThat(get(shop, "/").body()).contains("429, may retry in ");
            assertThat(get(shop, "/api/state").body()).contains("\"denied\":1");
        }
    }

    @Test
    void twoInstancesOnOneRedisAndOneDatabaseNeverOversell() throws Exception {
        Server database =
                Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();
        String url = "jdbc:h2:tcp://localhost:" + database.getPort() + "/mem:" + UUID.randomUUID();
        List<JavaProcess> instances = new ArrayList<>();
        // Keeps the database in memory as long as the test runs.
        try (var keeper = java.sql.DriverManager.getConnection(url);
                ConfigurableApplicationContext observer = start("--spring.datasource.url=" + url)) {
            String prefix = redis.uniquePrefix();
            List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                instances.add(JavaProcess.start(
                        SampleApplication.class,
                        "--server.port=0",
                        "--logging.pattern.console=%m%n",
                        "--spring.datasource.url=" + url,
                        "--spring.data.redis.url=" + redis.url(),
                        "--redis-state.key-prefix=" + prefix));
            }
            for (JavaProcess instance : instances) {
                String line = instance.awaitLine("The ticket shop is open: ", STARTED);
                ports.add(Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)));
            }

            Map<Integer, Integer> answers = inParallel(400, i -> send(HttpRequest.newBuilder(URI.create(
                                    "http://localhost:" + ports.get(i % 2) + "/api/buy?client=client" + i / 2))
                            .POST(HttpRequest.BodyPublishers.noBody()))
                    .statusCode());

            assertThat(answers).containsEntry(201, 100).containsOnlyKeys(201, 410);
            assertThat(keeper.isValid(5)).isTrue();
            assertEverySeatIsSoldOnce(observer.getBean(SaleRepository.class));
        } finally {
            instances.forEach(JavaProcess::close);
            database.stop();
        }
    }

    @Test
    void soldSeatsAreConfirmedAndDeadConfirmationsCanBeRequeued() throws Exception {
        try (ConfigurableApplicationContext shop = start("--spring.datasource.url=" + memory())) {
            MailServer mails = shop.getBean(MailServer.class);
            assertThat(post(shop, "/api/buy?client=ada").statusCode()).isEqualTo(201);
            await().until(() -> mails.delivered() == 1);

            post(shop, "/api/outbox/mail-server?up=false");
            assertThat(post(shop, "/api/buy?client=bob").statusCode()).isEqualTo(201);
            await().atMost(STARTED).until(() -> get(shop, "/api/outbox").body().contains("\"state\":\"DEAD\""));
            assertThat(get(shop, "/outbox").body()).contains("id=\"dead\">1<", "421 The mail server is down", "bob");

            post(shop, "/api/outbox/mail-server?up=true");
            assertThat(post(shop, "/api/outbox/requeue").body()).contains("\"requeued\":1");
            await().until(() -> mails.delivered() == 2);
            await().until(() -> get(shop, "/outbox").body().contains("id=\"dead\">0<"));
        }
    }

    private static void assertEverySeatIsSoldOnce(SaleRepository sales) {
        assertThat(sales.seats(SaleRepository.FLASH_SALE).sold()).isEqualTo(100);
        assertThat(sales.tickets(SaleRepository.FLASH_SALE))
                .hasSize(100)
                .extracting(SaleRepository.Ticket::seat)
                .doesNotHaveDuplicates();
    }

    private ConfigurableApplicationContext start(String... properties) {
        SpringApplication application = new SpringApplicationBuilder(SampleApplication.class).build();
        List<String> all = new ArrayList<>(List.of(properties));
        all.add("--server.port=0");
        all.add("--spring.data.redis.url=" + redis.url());
        all.add("--redis-state.key-prefix=" + redis.uniquePrefix());
        return application.run(all.toArray(String[]::new));
    }

    private static String memory() {
        return "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
    }

    private HttpResponse<String> get(ConfigurableApplicationContext shop, String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(shop, path)));
    }

    private HttpResponse<String> post(ConfigurableApplicationContext shop, String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(shop, path)).POST(HttpRequest.BodyPublishers.noBody()));
    }

    private static URI uri(ConfigurableApplicationContext shop, String path) {
        int port = Objects.requireNonNull(((WebServerApplicationContext) shop).getWebServer())
                .getPort();
        return URI.create("http://localhost:" + port + path);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
    }

    interface Call {
        int make(int number) throws Exception;
    }

    /** Calls from 32 threads; how often each number was returned. */
    private static Map<Integer, Integer> inParallel(int calls, Call call) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try {
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                int number = i;
                results.add(threads.submit(() -> call.make(number)));
            }
            Map<Integer, Integer> counts = new TreeMap<>();
            for (Future<Integer> result : results) {
                counts.merge(result.get(120, TimeUnit.SECONDS), 1, Integer::sum);
            }
            return counts;
        } finally {
            threads.shutdownNow();
        }
    }
}
