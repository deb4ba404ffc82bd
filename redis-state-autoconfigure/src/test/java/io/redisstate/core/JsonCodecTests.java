package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.core.ParameterizedTypeReference;
import tools.jackson.databind.json.JsonMapper;

class JsonCodecTests {

    private final JsonCodec codec = new JsonCodec(JsonMapper.builder().build());

    record Order(String id, Instant at, Duration took, List<Integer> lines) {}

    @Test
    void aRecordComesBackAsItWas() {
        Order order = new Order("42", Instant.parse("2026-01-01T00:00:00Z"), Duration.ofMillis(5), List.of(1, 2));

        assertThat(codec.decode(codec.encode(order), Order.class)).isEqualTo(order);
    }

    @Test
    void genericTypesAndNullAreRead() {
        byte[] json = codec.encode(List.of(new Order("1", Instant.EPOCH, Duration.ZERO, List.of())));

        assertThat(codec.decode(json, new ParameterizedTypeReference<List<Order>>() {}.getType()))
                .isEqualTo(List.of(new Order("1", Instant.EPOCH, Duration.ZERO, List.of())));
        assertThat(codec.decode(codec.encode(null), Order.class)).isNull();
    }

    @Test
    void typeNamesInTheDataAreNotFollowed() {
        byte[] json = "{\"@class\":\"java.lang.ProcessBuilder\"}".getBytes(StandardCharsets.UTF_8);

        assertThat(codec.decode(json, Object.class)).isInstanceOf(java.util.Map.class);
    }

    @Test
    void jsonOfAnotherShapeNamesTheType() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> codec.decode("[".getBytes(StandardCharsets.UTF_8), Order.class))
                .withMessageContaining(Order.class.getName());
    }

    @Test
    void whatCannotBeWrittenNamesTheClass() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> codec.encode(new Unwritable()))
                .withMessageContaining(Unwritable.class.getName());
    }

    static final class Unwritable {
        public Unwritable getItself() {
            return this;
        }
    }
}
