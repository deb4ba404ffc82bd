package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.cache.interceptor.SimpleKey;

class KeyTextTests {

    private record Product(String shop, int number) {}

    @Test
    void plainKeysStandForThemselves() {
        assertThat(text("user 42:{a}")).isEqualTo("user 42:{a}");
        assertThat(text(42L)).isEqualTo("42");
        assertThat(text(TimeUnit.DAYS)).isEqualTo("DAYS");
        assertThat(text(new UUID(1, 2))).isEqualTo("00000000-0000-0001-0000-000000000002");
        assertThat(text(new Product("a", 1))).isEqualTo("Product[shop=a, number=1]");
    }

    @Test
    void differentKeysHaveDifferentTexts() {
        List<Object> keys = List.of(
                "",
                "\\E",
                "\\0",
                SimpleKey.EMPTY,
                "null",
                new SimpleKey("a", "b"),
                new SimpleKey("a,b", "c"),
                new SimpleKey("a", "b,c"),
                new SimpleKey("a", "b", "c"),
                new SimpleKey("a\\", "b"),
                new SimpleKey("a", null),
                new SimpleKey("a", "null"),
                new SimpleKey(null, null),
                new SimpleKey("a", "\\N"),
                new SimpleKey("", ""),
                "a,b",
                "\\a,b",
                new SimpleKey(new int[] {1, 2}, 3),
                new SimpleKey(1, new int[] {2, 3}));
        Set<String> texts = new HashSet<>();
        keys.forEach(key -> texts.add(text(key)));
        assertThat(texts).hasSameSizeAs(keys);
    }

    @Test
    void aKeyWithoutATextOfItsOwnIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text(new Object()))
                .withMessageContaining("java.lang.Object")
                .withMessageContaining("toString()");
        assertThatIllegalArgumentException().isThrownBy(() -> text(new SimpleKey("a", new Object())));
    }

    @Test
    void aKeyFunctionDecides() {
        assertThat(KeyText.of(new Object(), key -> "own")).isEqualTo("own");
    }

    private static String text(Object key) {
        return KeyText.of(key, null);
    }
}
