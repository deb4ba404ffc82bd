package io.redisstate.sample.catalogue;

import io.redisstate.cache.RedisStateCacheManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Many visitors of one page at once, over real HTTP, when the cache has nothing for it. */
@Component
class Stampede {

    static final int VISITORS = 500;

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final RedisStateCacheManager caches;
    private final ProductRepository products;
    private volatile int port;

    Stampede(RedisStateCacheManager caches, ProductRepository products) {
        this.caches = caches;
        this.products = products;
    }

    /**
     * What became of them.
     *
     * @param visitors how many there were
     * @param queries how often the database was asked here
     * @param millis until all had the page
     * @param answers how many pages came from each source, or had another status than 200
     */
    record Outcome(int visitors, int queries, long millis, Map<String, Integer> answers) {}

    @EventListener
    void started(WebServerInitializedEvent event) {
        port = event.getWebServer().getPort();
    }

    /** Forgets the product and sends all visitors to this instance at the same time. */
    Outcome on(String product) {
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(PATIENCE)
                .build();
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + port + "/api/catalogue/" + product))
                .timeout(PATIENCE)
                .build();
        caches.getCache(Catalogue.CACHE).evict(product);
        int before = products.queries();
        long begun = System.nanoTime();
        List<CompletableFuture<String>> visitors = IntStream.range(0, VISITORS)
                .mapToObj(i -> http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                        .thenApply(Stampede::answer))
                .toList();
        Map<String, Integer> answers = new TreeMap<>();
        visitors.forEach(visitor -> answers.merge(visitor.join(), 1, Integer::sum));
        long millis = Duration.ofNanos(System.nanoTime() - begun).toMillis();
        return new Outcome(VISITORS, products.queries() - before, millis, answers);
    }

    private static String answer(HttpResponse<?> response) {
        return response.statusCode() == 200
                ? response.headers().firstValue(CatalogueController.SOURCE).orElse("?")
                : Integer.toString(response.statusCode());
    }
}
