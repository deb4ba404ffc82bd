package io.redisstate.session;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;

/**
 * One session of a user, without its attributes.
 *
 * @param id the session's id: whoever knows it has the session, so it must not be shown; see {@link #reference()}
 * @param created when it was created
 * @param lastAccess when it was last used; up to the touch interval late
 * @param address where its last noted request came from; empty if unknown
 * @param userAgent what its browser calls itself; empty if unknown
 * @since 0.1
 */
public record UserSession(String id, Instant created, Instant lastAccess, String address, String userAgent) {

    private static final int REFERENCE_BYTES = 16;

    /** A name for the session that may be shown and sent, which can't be turned into its id. */
    public String reference() {
        return referenceOf(id);
    }

    static String referenceOf(String id) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, REFERENCE_BYTES);
        } catch (NoSuchAlgorithmException ex) {
            throw new IllegalStateException("Every Java platform has SHA-256", ex);
        }
    }

    /** Without the whole id. */
    @Override
    public String toString() {
        return "UserSession[" + SessionIds.masked(id) + ", created " + created + ", last access " + lastAccess + ", "
                + address + ']';
    }
}
