package io.redisstate.autoconfigure.session;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;

/** Keeps cookies, across all instances of an application, and follows no redirects. */
final class Browser {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Map<String, String> cookies = new ConcurrentHashMap<>();
    private final String name;

    Browser(String name) {
        this.name = name;
    }

    HttpResponse<String> get(ConfigurableApplicationContext server, String path) {
        return send(request(server, path));
    }

    /** Posts a form of names and values that take turns. */
    HttpResponse<String> post(ConfigurableApplicationContext server, String path, String... form) {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < form.length; i += 2) {
            body.append(i == 0 ? "" : "&")
                    .append(form[i])
                    .append('=')
                    .append(URLEncoder.encode(form[i + 1], StandardCharsets.UTF_8));
        }
        return send(request(server, path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
    }

    HttpResponse<String> logIn(ConfigurableApplicationContext server, String user) {
        return post(server, "/login", "username", user, "password", "secret");
    }

    /** Logs in, and gives the path it is sent on to. */
    String loggedInTo(ConfigurableApplicationContext server, String user) {
        URI location =
                URI.create(logIn(server, user).headers().firstValue("Location").orElse(""));
        return location.getPath() + (location.getQuery() == null ? "" : "?" + location.getQuery());
    }

    private HttpRequest.Builder request(ConfigurableApplicationContext server, String path) {
        String port = server.getEnvironment().getRequiredProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(LIMIT)
                .header("User-Agent", name);
        if (!cookies.isEmpty()) {
            request.header(
                    "Cookie",
                    cookies.entrySet().stream()
                            .map(cookie -> cookie.getKey() + '=' + cookie.getValue())
                            .collect(Collectors.joining("; ")));
        }
        return request;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            response.headers().allValues("Set-Cookie").forEach(this::keep);
            return response;
        } catch (IOException ex) {
            throw new IllegalStateException(ex);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ex);
        }
    }

    private void keep(String header) {
        String pair = header.split(";", 2)[0];
        String value = pair.substring(pair.indexOf('=') + 1);
        String cookie = pair.substring(0, pair.indexOf('='));
        if (value.isEmpty() || header.contains("Max-Age=0")) {
            cookies.remove(cookie);
        } else {
            cookies.put(cookie, value);
        }
    }

    /** The value of a cookie as it is sent; null if there is none. */
    @Nullable
    String cookie(String cookie) {
        return cookies.get(cookie);
    }

    void cookie(String cookie, String value) {
        cookies.put(cookie, value);
    }

    /** The id that Spring Session's cookie encodes. */
    String sessionId() {
        String value = cookies.get("SESSION");
        if (value == null) {
            throw new IllegalStateException("There is no session cookie");
        }
        return new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
    }

    void sessionId(String id) {
        cookies.put("SESSION", Base64.getEncoder().encodeToString(id.getBytes(StandardCharsets.UTF_8)));
    }
}
