package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeySpaceTests {

    private final KeySpace keys = KeySpace.of("shop", "lock");

    @Test
    void nameStandsInBracesAndCompanionsFollow() {
        assertThat(keys.key("order:42")).isEqualTo("shop:lock:{order:42}");
        assertThat(keys.key("order:42", "wait")).isEqualTo("shop:lock:{order:42}:wait");
        assertThat(keys.shared("events")).isEqualTo("shop:lock:events");
    }

    @ParameterizedTest
    @ValueSource(strings = {"}", "{", "{}", "{a}b", "a}:wait", "%7D", "100%", "ü☃ space", "\n"})
    void anyNameHasOneHashTagAndCanBeReadBack(String name) {
        String key = keys.key(name, "wait");
        assertThat(key.indexOf('{')).isEqualTo(key.lastIndexOf('{'));
        assertThat(key.indexOf('}')).isEqualTo(key.lastIndexOf('}'));
        assertThat(keys.nameOf(key)).contains(name);
        assertThat(keys.nameOf(keys.key(name))).contains(name);
    }

    @Test
    void keysOfOthersHaveNoName() {
        assertThat(keys.nameOf("shop:cache:{a}")).isEmpty();
        assertThat(keys.nameOf("shop:lock:events")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a{b", "a}b", "a b", "a\tb"})
    void badPrefixIsRefusedByName(String prefix) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeySpace.of(prefix, "lock"))
                .withMessageContaining("redis-state.key-prefix")
                .withMessageContaining("'" + prefix + "'");
    }

    @Test
    void emptyNameIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> keys.key("")).withMessageContaining("name");
    }
}
