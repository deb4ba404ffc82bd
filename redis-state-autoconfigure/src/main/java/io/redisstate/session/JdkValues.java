package io.redisstate.session;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.UncheckedIOException;
import org.springframework.util.ClassUtils;

/** Java serialization. A filter allows plain values, Spring Security's classes and the application's, and bounds the size. */
final class JdkValues implements ValueFormat {

    private static final int MAGIC_FIRST = 0xAC;
    private static final int MAGIC_SECOND = 0xED;
    private static final String BOUNDS = "maxdepth=64;maxrefs=100000;maxarray=1000000;maxbytes=16777216";
    private static final String FRAMEWORK = "java.lang.Number;java.lang.Enum;java.lang.Object;java.lang.Throwable;"
            + "java.lang.Exception;java.lang.RuntimeException;java.lang.StackTraceElement;java.util.AbstractList;"
            + "java.util.AbstractMap;java.util.Collections$UnmodifiableCollection;java.util.Collections$SynchronizedCollection;"
            + "java.util.CollSer;java.util.Map$Entry;java.util.Comparators$NaturalOrderComparator;"
            + "java.util.Collections$ReverseComparator;java.time.Ser;java.time.*;"
            + "org.springframework.security.**;jakarta.servlet.http.Cookie";

    private final ObjectInputFilter filter;
    private final ClassLoader classes;

    JdkValues(AllowedTypes allowed, ClassLoader classes) {
        this.classes = classes;
        this.filter = ObjectInputFilter.Config.createFilter(String.join(
                ";",
                BOUNDS,
                String.join(";", allowed.patterns()),
                String.join(";", AllowedTypes.OF_THE_JDK),
                FRAMEWORK,
                "!*"));
    }

    static boolean wrote(byte[] bytes) {
        return bytes.length > 2 && (bytes[0] & 0xFF) == MAGIC_FIRST && (bytes[1] & 0xFF) == MAGIC_SECOND;
    }

    @Override
    public byte[] write(Object value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        return bytes.toByteArray();
    }

    @Override
    public Object read(byte[] bytes) {
        try (ObjectInputStream in = new LoadingStream(bytes)) {
            in.setObjectInputFilter(filter);
            return in.readObject();
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        } catch (ClassNotFoundException ex) {
            throw new IllegalStateException("The class " + ex.getMessage() + " does not exist here", ex);
        }
    }

    /** Looks classes up where the application's are. */
    private final class LoadingStream extends ObjectInputStream {

        LoadingStream(byte[] bytes) throws IOException {
            super(new ByteArrayInputStream(bytes));
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            try {
                return ClassUtils.forName(description.getName(), classes);
            } catch (ClassNotFoundException ex) {
                return super.resolveClass(description);
            }
        }
    }
}
