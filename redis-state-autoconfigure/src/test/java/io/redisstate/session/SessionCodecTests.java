package io.redisstate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.security.web.csrf.DefaultCsrfToken;
import org.springframework.web.servlet.FlashMap;

class SessionCodecTests {

    private static final AllowedTypes ALLOWED = new AllowedTypes(
            List.of("io.redisstate.session.SessionCodecTests$Cart", "io.redisstate.session.SessionCodecTests$Kind"));

    private final ValueFormat json = new JsonValues(ALLOWED, getClass().getClassLoader(), mapper -> {});
    private final ValueFormat jdk = new JdkValues(ALLOWED, getClass().getClassLoader());

    record Cart(List<String> items, Kind kind, BigDecimal sum) implements Serializable {}

    enum Kind {
        SMALL,
        LARGE
    }

    record Stranger(String name) implements Serializable {}

    static Stream<Object> values() {
        User alice = new User("alice", "", AuthorityUtils.createAuthorityList("ROLE_USER"));
        UsernamePasswordAuthenticationToken token =
                UsernamePasswordAuthenticationToken.authenticated(alice, null, alice.getAuthorities());
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setRemoteAddr("192.0.2.1");
        token.setDetails(new WebAuthenticationDetails(request));
        return Stream.of(
                "text",
                "",
                1,
                2L,
                3.5,
                true,
                'c',
                new BigDecimal("12.50"),
                UUID.randomUUID(),
                URI.create("https://example.org"),
                Locale.GERMANY,
                Instant.ofEpochMilli(1_700_000_000_123L),
                Duration.ofMinutes(5),
                LocalDate.of(2026, 11, 21),
                ZonedDateTime.parse("2026-11-21T11:00:00Z"),
                DayOfWeek.MONDAY,
                List.of("a", "b"),
                List.of("only"),
                new ArrayList<>(List.of(1, 2L, "three")),
                new CopyOnWriteArrayList<>(List.of("x")),
                Set.of("one"),
                new LinkedHashSet<>(List.of("b", "a")),
                Map.of("k", 1L),
                new HashMap<>(Map.of("k", List.of(1))),
                new TreeMap<>(Map.of("b", 1, "a", 2)),
                Collections.unmodifiableList(new ArrayList<>(List.of("u"))),
                Collections.emptyList(),
                new Cart(List.of("wine"), Kind.LARGE, new BigDecimal("9.90")),
                Kind.SMALL,
                new ArrayList<>(List.of(new Cart(List.of(), Kind.SMALL, BigDecimal.ONE))),
                new SecurityContextImpl(token));
    }

    @ParameterizedTest
    @MethodSource("values")
    void plainValuesAndSpringSecuritysComeBackAsTheyWere(Object value) {
        assertThat(json.read(json.write(value))).isEqualTo(value);
        assertThat(jdk.read(jdk.write(value))).isEqualTo(value);
    }

    @Test
    void arraysTokensAndFlashAttributesComeBackToo() {
        for (ValueFormat format : List.of(json, jdk)) {
            assertThat(format.read(format.write(new String[] {"a", "b"}))).isEqualTo(new String[] {"a", "b"});
            assertThat(format.read(format.write(new byte[] {1, 2}))).isEqualTo(new byte[] {1, 2});
            assertThat(format.read(format.write(new int[] {1, 2}))).isEqualTo(new int[] {1, 2});
        }
        DefaultCsrfToken token = new DefaultCsrfToken("X-CSRF", "_csrf", "value");
        assertThat(json.read(json.write(token))).usingRecursiveComparison().isEqualTo(token);
        FlashMap flash = new FlashMap();
        flash.put("message", "saved");
        CopyOnWriteArrayList<FlashMap> flashes = new CopyOnWriteArrayList<>(List.of(flash));
        assertThat(((List<?>) json.read(json.write(flashes))).get(0)).isInstanceOf(FlashMap.class);
        assertThat(json.read(json.write(new BadCredentialsException("wrong"))))
                .isInstanceOf(BadCredentialsException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"@class\":\"java.util.logging.FileHandler\"}",
                "{\"@class\":\"io.redisstate.session.SessionCodecTests$Stranger\",\"name\":\"x\"}",
                "[\"java.lang.ProcessBuilder\",[\"id\"]]",
                "{\"@class\":\"java.util.ArrayList\",\"x\":{\"@class\":\"javax.swing.JEditorPane\"}}",
                "[\"java.util.ArrayList\",[{\"@class\":\"com.sun.rowset.JdbcRowSetImpl\",\"dataSourceName\":\"ldap://x\"}]]",
                "{\"@class\":\"org.springframework.context.support.ClassPathXmlApplicationContext\",\"configLocation\":\"x\"}",
                "{",
                ""
            })
    void otherTypesAreNotReadFromJson(String hostile) {
        assertThat(catchThrowable(() -> json.read(hostile.getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(RuntimeException.class);
    }

    @Test
    void otherTypesAreNotReadFromJavaSerialization() {
        assertThat(catchThrowable(() -> jdk.read(jdk.write(new Stranger("x"))))).isInstanceOf(RuntimeException.class);
        assertThat(catchThrowable(() -> jdk.read(jdk.write(Level.INFO)))).isInstanceOf(RuntimeException.class);
        assertThat(catchThrowable(() -> jdk.read(jdk.write(new ArrayList<>(List.of(Level.INFO))))))
                .isInstanceOf(RuntimeException.class);
        assertThat(catchThrowable(() -> jdk.read(new byte[] {(byte) 0xAC, (byte) 0xED, 0, 5, 1, 2, 3})))
                .isInstanceOf(RuntimeException.class);
    }

    /** A small stream that would take for ever to read. */
    @Test
    void aBombOfNestedSetsIsNotRead() {
        Set<Object> root = new HashSet<>();
        Set<Object> one = root;
        Set<Object> two = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            Set<Object> nextOne = new HashSet<>();
            Set<Object> nextTwo = new HashSet<>();
            nextOne.add("x");
            one.add(nextOne);
            one.add(nextTwo);
            two.add(nextOne);
            two.add(nextTwo);
            one = nextOne;
            two = nextTwo;
        }
        byte[] bomb = new BombBytes(root).bytes();
        assertThat(catchThrowable(() -> jdk.read(bomb))).isInstanceOf(RuntimeException.class);
    }

    private record BombBytes(Set<Object> root) {
        byte[] bytes() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(root);
            } catch (IOException ex) {
                throw new UncheckedIOException(ex);
            }
            return bytes.toByteArray();
        }
    }

    @Test
    void patternsAllowClassesPackagesAndWhatIsBelow() {
        AllowedTypes types = new AllowedTypes(List.of("com.shop.Cart", "com.shop.order.*", "org.lib.**"));
        assertThat(List.of(
                        "com.shop.Cart",
                        "com.shop.order.Line",
                        "org.lib.A",
                        "org.lib.deep.B",
                        "java.lang.Long",
                        "java.time.Instant"))
                .allMatch(types::allows);
        assertThat(List.of(
                        "com.shop.Cart2",
                        "com.shop.Other",
                        "com.shop.order.deep.X",
                        "org.library.A",
                        "java.time.zone.X",
                        "java.lang.Runtime"))
                .noneMatch(types::allows);
        assertThatIllegalArgumentException().isThrownBy(() -> new AllowedTypes(List.of("com.shop.")));
        assertThatIllegalArgumentException().isThrownBy(() -> new AllowedTypes(List.of("*")));
    }

    @Test
    void theCodecTellsTheFormatsApart() {
        SessionCodec strict = new SessionCodec(json, jdk, SessionSerialization.JSON, false);
        byte[] other = jdk.write("text");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> strict.read(other))
                .withMessageContaining("read-other-format");
        assertThat(strict.readingBoth().read(other)).isEqualTo("text");
        assertThat(Objects.requireNonNull(strict.write("a", "text")))
                .isEqualTo("\"text\"".getBytes(StandardCharsets.UTF_8));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> strict.write("stranger", new Stranger("x")))
                .withMessageContaining("'stranger'")
                .withMessageContaining("Stranger");
        assertThat(strict.write("failure", new IllegalStateException("x"))).isNull();
        assertThat(strict.write("failure", new IllegalStateException("x"))).isNull();
    }
}
