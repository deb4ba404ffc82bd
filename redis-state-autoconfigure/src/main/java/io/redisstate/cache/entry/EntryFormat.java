package io.redisstate.cache.entry;

import io.redisstate.cache.entry.Entry.TagVersion;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an entry, big-endian:
 *
 * <pre>
 * 0  1  0xCE, which no text begins with
 * 1  1  format version, 1
 * 2  1  flags: 1 null, 2 compressed, 4 tagged, 8 typed
 * 3  1  compression
 * 4  4  CRC-32C of all other bytes
 * 8  8  version of the cache
 * 16 8  created, ms
 * 24 8  fresh until, ms
 * 32 8  keep until, ms
 * 40 4  cost of the load, us
 * 44    compressed: size before, 4; tagged: count, 2, then for each tag its length, 2, itself, and its version, 8;
 *       typed: length, 2, and name of the class
 * ...   the value
 * </pre>
 */
public final class EntryFormat {

    /** The fixed part, which tells one entry of a key from the next. */
    public static final int HEADER = 44;

    private static final byte MAGIC = (byte) 0xCE;
    private static final byte VERSION = 1;
    private static final int NULL = 1;
    private static final int COMPRESSED = 2;
    private static final int TAGGED = 4;
    private static final int TYPED = 8;
    private static final byte[] NOTHING = new byte[0];

    private final Compression compression;
    private final int compressAbove;
    private final int maxValueSize;

    public EntryFormat(Compression compression, int compressAbove, int maxValueSize) {
        this.compression = compression;
        this.compressAbove = compressAbove;
        this.maxValueSize = maxValueSize;
    }

    /** An entry and where its value lies. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Parsed(Entry entry, byte[] data, int offset, int length) {}

    public byte[] write(Entry entry, byte @Nullable [] value) {
        byte[] payload = value == null ? NOTHING : value;
        int flags = entry.isNull() ? NULL : 0;
        int size = payload.length;
        if (compression.id() != 0 && size >= compressAbove) {
            byte[] smaller = compression.compress(payload);
            if (smaller.length < size) {
                payload = smaller;
                flags |= COMPRESSED;
            }
        }
        byte[] tags = tags(entry.tags());
        byte[] type = entry.typeName() == null ? NOTHING : entry.typeName().getBytes(StandardCharsets.UTF_8);
        flags |= (tags.length > 0 ? TAGGED : 0) | (type.length > 0 ? TYPED : 0);
        ByteBuffer out = ByteBuffer.allocate(HEADER
                + ((flags & COMPRESSED) == 0 ? 0 : 4)
                + tags.length
                + (type.length == 0 ? 0 : 2 + type.length)
                + payload.length);
        out.put(MAGIC).put(VERSION).put((byte) flags).put((flags & COMPRESSED) == 0 ? 0 : compression.id());
        out.putInt(0).putLong(entry.cacheVersion()).putLong(entry.created());
        out.putLong(entry.freshUntil()).putLong(entry.keepUntil()).putInt(entry.costMicros());
        if ((flags & COMPRESSED) != 0) {
            out.putInt(size);
        }
        out.put(tags);
        if (type.length > 0) {
            out.putShort((short) type.length).put(type);
        }
        out.put(payload);
        out.putInt(4, checksum(out.array()));
        return out.array();
    }

    private static byte[] tags(List<TagVersion> tags) {
        if (tags.isEmpty()) {
            return NOTHING;
        }
        List<byte[]> names = tags.stream()
                .map(tag -> tag.tag().getBytes(StandardCharsets.UTF_8))
                .toList();
        ByteBuffer out = ByteBuffer.allocate(
                2 + names.stream().mapToInt(name -> 10 + name.length).sum());
        out.putShort((short) names.size());
        for (int i = 0; i < names.size(); i++) {
            out.putShort((short) names.get(i).length)
                    .put(names.get(i))
                    .putLong(tags.get(i).version());
        }
        return out.array();
    }

    /** @throws UnreadableEntryException if these bytes are not an entry that this version wrote */
    public Parsed read(byte[] data) {
        if (data.length < HEADER || data[0] != MAGIC) {
            throw new UnreadableEntryException("not written by this cache", null);
        }
        if (data[1] != VERSION) {
            throw new UnreadableEntryException("format version " + data[1] + ", this is " + VERSION, null);
        }
        ByteBuffer in = ByteBuffer.wrap(data);
        if (in.getInt(4) != checksum(data)) {
            throw new UnreadableEntryException("damaged", null);
        }
        try {
            return parse(data, in);
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException ex) {
            throw new UnreadableEntryException("truncated or damaged", ex);
        }
    }

    private Parsed parse(byte[] data, ByteBuffer in) {
        int flags = data[2];
        int size = (flags & COMPRESSED) == 0 ? 0 : in.getInt(HEADER);
        in.position((flags & COMPRESSED) == 0 ? HEADER : HEADER + 4);
        List<TagVersion> tags = (flags & TAGGED) == 0 ? List.of() : tags(in);
        String type = (flags & TYPED) == 0 ? null : text(in);
        Entry entry = new Entry(
                in.getLong(8),
                in.getLong(16),
                in.getLong(24),
                in.getLong(32),
                in.getInt(40),
                tags,
                (flags & NULL) != 0,
                type);
        if ((flags & COMPRESSED) == 0) {
            return new Parsed(entry, data, in.position(), in.remaining());
        }
        if (size < 0 || size > maxValueSize) {
            throw new UnreadableEntryException(
                    "decompressed it has " + size + " bytes, max-value-size is " + maxValueSize, null);
        }
        byte[] value = compressedBy(data[3]).decompress(data, in.position(), in.remaining(), size);
        return new Parsed(entry, value, 0, value.length);
    }

    private static List<TagVersion> tags(ByteBuffer in) {
        int count = Short.toUnsignedInt(in.getShort());
        List<TagVersion> tags = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            tags.add(new TagVersion(text(in), in.getLong()));
        }
        return tags;
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Entries of before a change of the compression stay readable. */
    private Compression compressedBy(byte id) {
        if (id == compression.id()) {
            return compression;
        }
        if (id == Compression.DEFLATE.id()) {
            return Compression.DEFLATE;
        }
        throw new UnreadableEntryException("compressed by " + id + ", which is not configured", null);
    }

    /** The first bytes of what Redis holds, for telling it from another entry. */
    public static byte[] head(byte[] data) {
        return Arrays.copyOf(data, Math.min(HEADER, data.length));
    }

    private static int checksum(byte[] data) {
        CRC32C sum = new CRC32C();
        sum.update(data, 0, 4);
        sum.update(data, 8, data.length - 8);
        return (int) sum.getValue();
    }
}
