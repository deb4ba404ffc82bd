package io.redisstate.ratelimit.http;

import io.redisstate.core.KeySpace;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One part of what a rule counts by.
 *
 * @param kind what it is taken from
 * @param argument the header's name; null for the other kinds
 */
record SubjectPart(Kind kind, @Nullable String argument) {

    enum Kind {
        HEADER,
        PRINCIPAL,
        REMOTE_ADDRESS,
        ALL
    }

    static final String ALLOWED = "header:<name>, principal, remote-address, all";

    /**
     * Reads {@code header:X-Api-Key}, {@code principal}, {@code remote-address} or {@code all}.
     *
     * @throws IllegalArgumentException if it is none of them
     */
    static SubjectPart parse(String text) {
        String word = text.trim();
        if (word.toLowerCase(Locale.ROOT).startsWith("header:")) {
            String name = word.substring("header:".length()).trim();
            if (!name.isEmpty()) {
                return new SubjectPart(Kind.HEADER, name);
            }
        }
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "principal" -> new SubjectPart(Kind.PRINCIPAL, null);
            case "remote-address" -> new SubjectPart(Kind.REMOTE_ADDRESS, null);
            case "all" -> new SubjectPart(Kind.ALL, null);
            default -> throw new IllegalArgumentException("'" + text + "' is no key; allowed is " + ALLOWED);
        };
    }

    /** The value in a request, marked with its kind, so that a user called 192.0.2.1 is not that address. */
    Optional<String> of(RequestFacts request, String address) {
        return switch (kind) {
            case HEADER -> header(request);
            case PRINCIPAL ->
                request.principal().filter(name -> !name.isEmpty()).map(name -> "user=" + escape(name));
            case REMOTE_ADDRESS -> Optional.of(address);
            case ALL -> Optional.of("all");
        };
    }

    /** Hashed: header values are secrets as often as not, and of any length. */
    private Optional<String> header(RequestFacts request) {
        String name = argument == null ? "" : argument;
        return request.headers(name).stream()
                .filter(value -> !value.isBlank())
                .findFirst()
                .map(value -> name.toLowerCase(Locale.ROOT) + '=' + digest(value.trim()));
    }

    private static String digest(String value) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(KeySpace.bytes(value));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, 16));
        } catch (NoSuchAlgorithmException ex) {
            throw new IllegalStateException("Every Java runtime has SHA-256", ex);
        }
    }

    private static String escape(String value) {
        return value.replace("%", "%25").replace("|", "%7C");
    }
}
