package io.redisstate.cache.entry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.redisstate.cache.entry.Entry.TagVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EntryFormatTests {

    private static final byte[] VALUE = "value value value value value value".getBytes(StandardCharsets.UTF_8);
    private static final Entry ENTRY = new Entry(
            1_700_000_000_000_001L,
            1,
            2,
            3,
            4,
            List.of(new TagVersion("täg", 5), new TagVersion("b", 6)),
            false,
            "a.B");

    private final EntryFormat plain = new EntryFormat(Compression.NONE, 2_048, 64 << 20);
    private final EntryFormat small = new EntryFormat(Compression.DEFLATE, 10, 64 << 20);

    @Test
    void whatIsWrittenIsRead() {
        for (EntryFormat format : List.of(plain, small)) {
            EntryFormat.Parsed parsed = format.read(format.write(ENTRY, VALUE));
            assertThat(parsed.entry()).isEqualTo(ENTRY);
            assertThat(Arrays.copyOfRange(parsed.data(), parsed.offset(), parsed.offset() + parsed.length()))
                    .isEqualTo(VALUE);
        }
        assertThat(small.write(ENTRY, VALUE)).hasSizeLessThan(plain.write(ENTRY, VALUE).length);
        assertThat(plain.read(small.write(ENTRY, VALUE)).length()).isEqualTo(VALUE.length);
    }

    @Test
    void nullHasNoBytes() {
        Entry none = new Entry(1, 1, 2, 3, 0, List.of(), true, null);
        byte[] bytes = plain.write(none, null);
        assertThat(bytes).hasSize(EntryFormat.HEADER);
        assertThat(plain.read(bytes).entry()).isEqualTo(none);
    }

    @Test
    void everyFlippedBitAndEveryTruncationIsNoticed() {
        for (EntryFormat format : List.of(plain, small)) {
            byte[] good = format.write(ENTRY, VALUE);
            for (int bit = 0; bit < good.length * 8; bit++) {
                byte[] bad = good.clone();
                bad[bit / 8] ^= (byte) (1 << bit % 8);
                assertUnreadable(format, bad);
            }
            for (int length = 0; length < good.length; length++) {
                assertUnreadable(format, Arrays.copyOf(good, length));
            }
        }
    }

    @Test
    void foreignBytesAndLaterVersionsAreUnreadable() {
        assertUnreadable(plain, "{\"a\":1}".repeat(20).getBytes(StandardCharsets.UTF_8));
        assertUnreadable(plain, new byte[0]);
        byte[] future = plain.write(ENTRY, VALUE);
        future[1] = 2;
        assertThatExceptionOfType(UnreadableEntryException.class)
                .isThrownBy(() -> plain.read(future))
                .withMessageContaining("version 2");
    }

    private static void assertUnreadable(EntryFormat format, byte[] bytes) {
        assertThatExceptionOfType(UnreadableEntryException.class).isThrownBy(() -> format.read(bytes));
    }
}
