package io.redisstate.cache.entry;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which type a value is written and read as. Where the declared type does not say it (none, {@code Object}, an interface),
 * an entry names the value's class, but that name only chooses among the classes this process has been told of or has
 * itself written: nothing is ever loaded because an entry names it.
 */
public final class ValueTypes {

    private static final List<Class<?>> HARMLESS = List.of(
            String.class,
            Boolean.class,
            Integer.class,
            Long.class,
            Short.class,
            Byte.class,
            Double.class,
            Float.class,
            Character.class,
            BigDecimal.class,
            BigInteger.class,
            Instant.class,
            Duration.class,
            LocalDate.class,
            LocalDateTime.class,
            UUID.class,
            byte[].class);

    private final CacheSerializer serializer;
    private final Map<String, Class<?>> known = new ConcurrentHashMap<>();
    private final Map<Type, Boolean> sufficient = new ConcurrentHashMap<>();

    /** What a value is written as, and its name if the entry must say it. */
    public record Written(Type type, @Nullable String name) {}

    public ValueTypes(CacheSerializer serializer) {
        this.serializer = serializer;
        HARMLESS.forEach(type -> known.put(type.getName(), type));
    }

    /** @throws IllegalArgumentException if a value of this class could not be read again */
    public Written forWriting(@Nullable Type declared, Object value) {
        if (declared != null && isSufficient(declared)) {
            return new Written(declared, null);
        }
        Class<?> actual = value.getClass();
        if (serializer.isSufficient(Object.class)) {
            return new Written(actual, null);
        }
        if (!isSufficient(actual) || isContainer(actual)) {
            throw new IllegalArgumentException("a value of " + actual.getName() + " where "
                    + (declared == null ? "no type" : declared.getTypeName())
                    + " is declared could not be read again: name the type of its elements, by the cached method's"
                    + " return type or the cache's setting 'type'");
        }
        known.putIfAbsent(actual.getName(), actual);
        return new Written(actual, actual.getName());
    }

    /**
     * As {@link #forWriting}, for what any process must be able to read, whatever it has written itself.
     *
     * @throws IllegalArgumentException if a value of this class could not be read there
     */
    public Written forWritingToAll(@Nullable Type declared, Object value) {
        Written written = forWriting(declared, value);
        String name = written.name();
        boolean readable = name == null
                || HARMLESS.stream().anyMatch(type -> type.getName().equals(name))
                || (declared != null && named(declared, name) != null);
        if (!readable) {
            throw new IllegalArgumentException("a value of " + name + " where "
                    + (declared == null ? "no type" : declared.getTypeName())
                    + " is declared could not be read by another process: declare a class, a sealed type, or one with"
                    + " @JsonTypeInfo, by the CacheWriter or the cache's setting 'type'");
        }
        return written;
    }

    /** @throws UnreadableEntryException if this process does not know the named class */
    public Type forReading(@Nullable Type declared, @Nullable String name) {
        if (name == null) {
            return declared == null ? Object.class : declared;
        }
        Class<?> type = known.get(name);
        if (type == null && declared != null) {
            type = named(declared, name);
        }
        if (type == null) {
            throw new UnreadableEntryException(
                    "it is of class " + name + ", which this process has not used yet", null);
        }
        return type;
    }

    private static @Nullable Class<?> named(Type declared, String name) {
        if (declared instanceof ParameterizedType generic) {
            return named(generic.getRawType(), name);
        }
        if (!(declared instanceof Class<?> type)) {
            return null;
        }
        if (type.getName().equals(name)) {
            return type;
        }
        Class<?>[] permitted = type.getPermittedSubclasses();
        for (Class<?> subclass : permitted == null ? new Class<?>[0] : permitted) {
            Class<?> found = named(subclass, name);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private boolean isSufficient(Type type) {
        Boolean present = sufficient.get(type);
        return present == null ? sufficient.computeIfAbsent(type, serializer::isSufficient) : present;
    }

    private static boolean isContainer(Class<?> type) {
        return Collection.class.isAssignableFrom(type)
                || Map.class.isAssignableFrom(type)
                || Optional.class.isAssignableFrom(type)
                || (type.isArray() && !isSimple(type.getComponentType()))
                || type.getTypeParameters().length > 0;
    }

    private static boolean isSimple(Class<?> component) {
        return component.isPrimitive() || component == String.class;
    }
}
