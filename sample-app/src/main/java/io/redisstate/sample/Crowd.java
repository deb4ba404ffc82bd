package io.redisstate.sample;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Many buyers at once, over real HTTP: some of them press the button more often than they may. */
@Component
class Crowd {

    static final int BUYERS = 500;
    /** Five requests each, of which the limit allows three. */
    private static final int CLIENTS = 100;

    private static final int AT_ONCE = 64;

    private volatile int port;

    @EventListener
    void started(WebServerInitializedEvent event) {
        port = event.getWebServer().getPort();
    }

    /** Sends the requests to this instance and waits for all answers; how many there were of each status. */
    Map<Integer, Integer> rush(int requests) throws InterruptedException {
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                URI uri = URI.create("http://localhost:" + port + "/api/buy?client=buyer-" + i % CLIENTS);
                answers.add(threads.submit(() -> statusOf(http, uri)));
            }
            Map<Integer, Integer> statuses = new TreeMap<>();
            for (Future<Integer> answer : answers) {
                statuses.merge(answer.get(), 1, Integer::sum);
            }
            return statuses;
        } catch (ExecutionException ex) {
            throw new IllegalStateException("A buyer got no answer", ex.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private static int statusOf(HttpClient http, URI uri) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(60))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
}
