package io.redisstate.autoconfigure;

/** The embedded Redis was asked for under a production profile. */
final class EmbeddedRedisInProductionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    EmbeddedRedisInProductionException(String profile) {
        super("The embedded Redis does not start under the profile '" + profile
                + "': it keeps nothing over a restart and has neither a password nor a replica");
    }
}
