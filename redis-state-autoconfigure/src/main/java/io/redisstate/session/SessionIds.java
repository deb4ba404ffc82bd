package io.redisstate.session;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * Session ids: 32 characters from 192 random bits. The first two are the hash tag of the session's key and stay when the id
 * changes, so that a cluster can rename the key; 180 bits are new then.
 */
final class SessionIds {

    private static final int TAG = 2;
    private static final int BYTES = 24;
    private static final int SHOWN = 4;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    /** Ours, and those of other generators such as UUIDs. Whatever else a client sends is not worth asking Redis for. */
    private static final Pattern PLAUSIBLE = Pattern.compile("[A-Za-z0-9_-]{16,128}");

    private SessionIds() {}

    static String generate() {
        byte[] random = new byte[BYTES];
        RANDOM.nextBytes(random);
        return ENCODER.encodeToString(random);
    }

    /** A new id whose session can take the place of another's. */
    static String successorOf(String id) {
        return tagOf(id) + generate().substring(TAG);
    }

    static String tagOf(String id) {
        return id.substring(0, TAG);
    }

    static boolean isPlausible(String id) {
        return PLAUSIBLE.matcher(id).matches();
    }

    /** What may stand in a log. */
    static String masked(String id) {
        return id.substring(0, Math.min(SHOWN, id.length())) + "...";
    }
}
