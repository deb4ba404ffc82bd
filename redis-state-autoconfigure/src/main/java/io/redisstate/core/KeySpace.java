package io.redisstate.core;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Builds the names of all keys and channels of one feature: {@code <prefix>:<feature>:{<name>}[:<part>]}.
 *
 * <p>The name stands in braces, so the keys of one name share a Redis Cluster hash slot whatever the name contains: the
 * characters <code>%</code>, <code>{</code> and <code>}</code> in a name are percent-encoded
 * ({@code %25}, {@code %7B}, {@code %7D}), everything else is kept as it is and encoded in UTF-8. Two different names
 * never give the same key, and no name can give a key of another feature.
 *
 * <p>Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class KeySpace {

    private final String root;

    private KeySpace(String root) {
        this.root = root;
    }

    /**
     * Key names of one feature.
     *
     * @param prefix what all keys of the application start with; not blank, no braces, white space or control
     *     characters
     * @param feature the feature's word, such as {@code lock}; the same restrictions
     * @throws IllegalArgumentException if either breaks them
     */
    public static KeySpace of(String prefix, String feature) {
        requirePlain("key prefix (redis-state.key-prefix)", prefix);
        requirePlain("feature", feature);
        return new KeySpace(prefix + ":" + feature + ":");
    }

    /**
     * The main key of a name.
     *
     * @param name not empty
     */
    public String key(String name) {
        return root + '{' + encode(name) + '}';
    }

    /** A companion of {@link #key(String)} in the same hash slot, ending in {@code :<part>}. */
    public String key(String name, String part) {
        return root + '{' + encode(name) + "}:" + part;
    }

    /** A key or channel of the feature as a whole that belongs to no name: {@code <prefix>:<feature>:<part>}. */
    public String shared(String part) {
        requirePlain("part", part);
        return root + part;
    }

    /** The name a main or companion key was built from; empty if the key is not of this key space. */
    public Optional<String> nameOf(String key) {
        if (!key.startsWith(root + '{')) {
            return Optional.empty();
        }
        int end = key.indexOf('}', root.length());
        return end < 0 ? Optional.empty() : Optional.of(decode(key.substring(root.length() + 1, end)));
    }

    /** The UTF-8 bytes of a key, channel or argument. */
    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String encode(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("The name must not be empty");
        }
        if (name.indexOf('{') < 0 && name.indexOf('}') < 0 && name.indexOf('%') < 0) {
            return name;
        }
        return name.replace("%", "%25").replace("{", "%7B").replace("}", "%7D");
    }

    private static String decode(String encoded) {
        return encoded.replace("%7D", "}").replace("%7B", "{").replace("%25", "%");
    }

    private static void requirePlain(String what, String text) {
        if (text.isBlank() || !text.chars().allMatch(KeySpace::isPlain)) {
            throw new IllegalArgumentException("The " + what + " is '" + text
                    + "'; it must have at least one character and none of: braces, white space, control characters");
        }
    }

    private static boolean isPlain(int character) {
        return character != '{'
                && character != '}'
                && !Character.isWhitespace(character)
                && !Character.isISOControl(character);
    }
}
