package io.redisstate.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** Logging in from several browsers, and out again from one of them. */
@RedisTest
class DevicesIntegrationTests {

    private static final Pattern CSRF = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"");
    private static final Pattern DEVICE = Pattern.compile("name=\"device\" value=\"([^\"]+)\"");

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();

    private ConfigurableApplicationContext start() {
        return new SpringApplicationBuilder(SampleApplication.class)
                .build()
                .run(
                        "--server.port=0",
                        "--spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1",
                        "--spring.data.redis.url=" + redis.url(),
                        "--redis-state.key-prefix=" + prefix);
    }

    @Test
    void devicesAreListedRevokedAndSurviveARestart() throws Exception {
        Browser phone = new Browser("Phone");
        Browser laptop = new Browser("Laptop");
        Browser bob = new Browser("Bob's");
        try (ConfigurableApplicationContext shop = start()) {
            assertThat(phone.logIn(shop, "alice")).contains("Your devices", "Phone", "this device");
            laptop.logIn(shop, "alice");
            assertThat(bob.logIn(shop, "bob")).doesNotContain("Phone", "Laptop");
        }
        try (ConfigurableApplicationContext shop = start()) {
            String page = laptop.get(shop, "/devices").body();
            assertThat(page).contains("id=\"user\">alice<", "Phone", "Laptop", "127.0.0.1", " login ");
            assertThat(page).doesNotContain(Objects.requireNonNull(laptop.session()));

            assertThat(laptop.post(shop, "/devices/revoke", "device", found(DEVICE, page), page))
                    .contains("That device is logged out.")
                    .doesNotContain("name=\"device\"");
            assertThat(phone.get(shop, "/devices").body()).contains("Please sign in");
            assertThat(bob.get(shop, "/devices").body()).contains("id=\"user\">bob<");

            String again = phone.logIn(shop, "alice");
            assertThat(phone.post(shop, "/devices/revoke-others", "x", "y", again))
                    .contains("1 other device is");
            assertThat(laptop.get(shop, "/devices").body()).contains("Please sign in");
            assertThat(phone.post(shop, "/logout", "x", "y", again)).contains("Flash sale");
            assertThat(phone.get(shop, "/devices").body()).contains("Please sign in");
        }
    }

    @Test
    void theShopItselfNeedsNoSession() throws Exception {
        try (ConfigurableApplicationContext shop = start()) {
            Browser visitor = new Browser("visitor");
            assertThat(visitor.get(shop, "/").body()).contains("Flash sale", "Your devices");
            assertThat(visitor.session()).isNull();
            assertThat(redis.keys(prefix + ":session")).isEmpty();
        }
    }

    private static String found(Pattern pattern, String page) {
        Matcher matcher = pattern.matcher(page);
        assertThat(matcher.find()).as(pattern + " in " + page).isTrue();
        return matcher.group(1);
    }

    /** A browser with cookies of its own. */
    private static final class Browser {

        private final String name;
        private final CookieManager cookies = new CookieManager();
        private final HttpClient http;

        Browser(String name) {
            this.name = name;
            this.http = HttpClient.newBuilder()
                    .cookieHandler(cookies)
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .build();
        }

        HttpResponse<String> get(ConfigurableApplicationContext shop, String path) throws Exception {
            return send(request(shop, path));
        }

        String logIn(ConfigurableApplicationContext shop, String user) throws Exception {
            String page = get(shop, "/login").body();
            return send(request(shop, "/login")
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    "username=" + user + "&password=tickets&_csrf=" + encoded(found(CSRF, page)))))
                    .body();
        }

        /** Posts a form of a page, with the page's token. */
        String post(ConfigurableApplicationContext shop, String path, String field, String value, String page)
                throws Exception {
            return send(request(shop, path)
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    field + "=" + encoded(value) + "&_csrf=" + encoded(found(CSRF, page)))))
                    .body();
        }

        @Nullable
        String session() {
            return cookies.getCookieStore().getCookies().stream()
                    .filter(cookie -> cookie.getName().equals("SESSION"))
                    .map(HttpCookie::getValue)
                    .findFirst()
                    .orElse(null);
        }

        private HttpRequest.Builder request(ConfigurableApplicationContext shop, String path) {
            int port = Objects.requireNonNull(((WebServerApplicationContext) shop).getWebServer())
                    .getPort();
            return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                    .header("User-Agent", name)
                    .timeout(Duration.ofSeconds(60));
        }

        private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }

        private static String encoded(String value) {
            return URLEncoder.encode(value, StandardCharsets.UTF_8);
        }
    }
}
