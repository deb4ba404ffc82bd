package io.redisstate.cache.entry;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.Type;
import java.util.Objects;

/** Java's own serialization, behind a list of the classes that may be read. */
final class JdkCacheSerializer implements CacheSerializer {

    private static final String PLATFORM = "java.lang.*;java.time.*;java.math.*;java.util.*;java.util.concurrent.*";

    private final ObjectInputFilter filter;

    JdkCacheSerializer(String... allowed) {
        String patterns = allowed.length == 0 ? "" : String.join(";", allowed) + ";";
        this.filter = ObjectInputFilter.Config.createFilter("maxdepth=100;" + patterns + PLATFORM + ";!*");
    }

    @Override
    public byte[] write(Object value, Type type) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        } catch (IOException ex) {
            throw new IllegalArgumentException(
                    "Can't serialize " + value.getClass().getName(), ex);
        }
        return bytes.toByteArray();
    }

    @Override
    public Object read(byte[] data, int offset, int length, Type type) {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(data, offset, length))) {
            in.setObjectInputFilter(filter);
            return Objects.requireNonNull(in.readObject(), "null, where nulls are marked in the header");
        } catch (IOException | ClassNotFoundException ex) {
            throw new IllegalArgumentException("Can't deserialize: " + ex.getMessage(), ex);
        }
    }

    @Override
    public boolean isSufficient(Type type) {
        return true;
    }
}
