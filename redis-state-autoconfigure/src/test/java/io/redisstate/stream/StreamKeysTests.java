package io.redisstate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.util.JedisClusterCRC16;

class StreamKeysTests {

    private final StreamKeys keys = new StreamKeys("shop");

    @Test
    void aNameIsTheTagOfAllKeys() {
        assertThat(keys.stream("orders")).isEqualTo("shop:stream:{orders}");
        assertThat(keys.dead("orders", "mailer")).isEqualTo("shop:stream:{orders}:group:mailer:dead");
    }

    @ParameterizedTest
    @CsvSource({
        "orders, shop:stream:{orders}:key:orders:group:g:dead",
        "app:{42}:events, shop:stream:{42}:key:app:{42}:events:group:g:dead",
        "open{brace, shop:stream:{open{brace}:key:open{brace:group:g:dead",
        "{a}{b}, shop:stream:{a}:key:{a}{b}:group:g:dead"
    })
    void aKeyOfItsOwnHasItsCompanionsInItsSlot(String key, String dead) {
        assertThat(keys.stream("key:" + key)).isEqualTo(key);
        assertThat(keys.dead("key:" + key, "g")).isEqualTo(dead);
        assertThat(JedisClusterCRC16.getSlot(dead)).isEqualTo(JedisClusterCRC16.getSlot(key));
    }

    @ParameterizedTest
    @ValueSource(strings = {"key:", "key:a}b", "key:{}x"})
    void aKeyWhoseSlotNoOtherKeyCanShareIsRefused(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> keys.dead(name, "g"));
    }
}
