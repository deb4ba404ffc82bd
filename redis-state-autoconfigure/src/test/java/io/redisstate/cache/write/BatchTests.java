package io.redisstate.cache.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class BatchTests {

    private final List<String> written = new ArrayList<>();
    private final Batch batch =
            new Batch(new TypedWriter(new Writer()), BatchTests::text, BatchTests::text, 2, new LongAdder());

    private final class Writer implements CacheWriter<String, String> {

        @Override
        public String cache() {
            return "a";
        }

        @Override
        public void writeAll(Map<String, String> values) {
            if (values.containsKey("bad")) {
                throw new AssertionError("bad");
            }
            written.addAll(values.keySet());
        }

        @Override
        public void deleteAll(Collection<String> keys) {
            throw new UnsupportedOperationException();
        }
    }

    private static Object text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static PendingWrite write(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return new PendingWrite("1-0", key, bytes, "1", bytes);
    }

    @Test
    void withoutTheLeaseNothingIsWritten() {
        Batch.Result result = batch.write(List.of(write("one"), write("two")), () -> false);
        assertThat(written).isEmpty();
        assertThat(result.written()).isEmpty();
        assertThat(result.refused()).isEmpty();
    }

    @Test
    void anErrorConcernsTheWriteThatCausesIt() {
        List<PendingWrite> writes = List.of(write("one"), write("bad"), write("two"));
        Batch.Result first = batch.write(writes, () -> true);
        assertThat(first.written()).extracting(PendingWrite::text).containsExactly("one", "two");
        assertThat(first.refused()).isEmpty();
        assertThat(first.failure()).isInstanceOf(AssertionError.class);
        assertThat(batch.write(writes, () -> true).refused()).hasSize(1);
    }
}
