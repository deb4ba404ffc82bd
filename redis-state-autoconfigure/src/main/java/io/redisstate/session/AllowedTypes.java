package io.redisstate.session;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The application's types that may come out of a session: {@code com.shop.Cart}, {@code com.shop.*} for a package,
 * {@code com.shop.**} for those below it too.
 */
final class AllowedTypes {

    private static final Pattern VALID = Pattern.compile("[\\w$]+(\\.[\\w$]+)*(\\.\\*{1,2})?");

    /** Plain values and collections of the JDK: no packages as a whole, for some have classes that do things when made. */
    static final Set<String> OF_THE_JDK = Set.of(
            "java.lang.Boolean",
            "java.lang.Byte",
            "java.lang.Character",
            "java.lang.Double",
            "java.lang.Float",
            "java.lang.Integer",
            "java.lang.Long",
            "java.lang.Short",
            "java.lang.String",
            "java.math.BigDecimal",
            "java.math.BigInteger",
            "java.net.URI",
            "java.util.ArrayDeque",
            "java.util.ArrayList",
            "java.util.Arrays$ArrayList",
            "java.util.BitSet",
            "java.util.Collections$EmptyList",
            "java.util.Collections$EmptyMap",
            "java.util.Collections$EmptySet",
            "java.util.Collections$SingletonList",
            "java.util.Collections$SingletonMap",
            "java.util.Collections$SingletonSet",
            "java.util.Collections$SynchronizedList",
            "java.util.Collections$SynchronizedMap",
            "java.util.Collections$SynchronizedSet",
            "java.util.Collections$UnmodifiableList",
            "java.util.Collections$UnmodifiableMap",
            "java.util.Collections$UnmodifiableRandomAccessList",
            "java.util.Collections$UnmodifiableSet",
            "java.util.Currency",
            "java.util.Date",
            "java.util.HashMap",
            "java.util.HashSet",
            "java.util.ImmutableCollections$List12",
            "java.util.ImmutableCollections$ListN",
            "java.util.ImmutableCollections$Map1",
            "java.util.ImmutableCollections$MapN",
            "java.util.ImmutableCollections$Set12",
            "java.util.ImmutableCollections$SetN",
            "java.util.LinkedHashMap",
            "java.util.LinkedHashSet",
            "java.util.LinkedList",
            "java.util.Locale",
            "java.util.TreeMap",
            "java.util.TreeSet",
            "java.util.UUID",
            "java.util.concurrent.ConcurrentHashMap",
            "java.util.concurrent.CopyOnWriteArrayList",
            "org.springframework.web.servlet.FlashMap");

    private final List<String> patterns;
    private final Predicate<String> application;

    /** @throws IllegalArgumentException naming a pattern that is none */
    AllowedTypes(List<String> patterns) {
        for (String pattern : patterns) {
            if (!VALID.matcher(pattern).matches()) {
                throw new IllegalArgumentException(
                        "'" + pattern
                                + "' is no type: it must be a class name, or a package followed by .* or, with those below it, .**");
            }
        }
        this.patterns = List.copyOf(patterns);
        this.application = patterns.stream().map(AllowedTypes::matching).reduce(name -> false, Predicate::or);
    }

    /** Whether the application has allowed it, or it is a plain value of the JDK. */
    boolean allows(String type) {
        return OF_THE_JDK.contains(type) || isTime(type) || application.test(type);
    }

    /** As {@link java.io.ObjectInputFilter.Config#createFilter} takes them. */
    List<String> patterns() {
        return patterns;
    }

    private static boolean isTime(String type) {
        return type.startsWith("java.time.") && type.indexOf('.', "java.time.".length()) < 0;
    }

    private static Predicate<String> matching(String pattern) {
        if (pattern.endsWith(".**")) {
            String start = pattern.substring(0, pattern.length() - 2);
            return name -> name.startsWith(start);
        }
        if (pattern.endsWith(".*")) {
            String start = pattern.substring(0, pattern.length() - 1);
            return name -> name.startsWith(start) && name.indexOf('.', start.length()) < 0;
        }
        return pattern::equals;
    }
}
