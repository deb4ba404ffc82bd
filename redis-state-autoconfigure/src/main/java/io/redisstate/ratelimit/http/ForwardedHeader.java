package io.redisstate.ratelimit.http;

/**
 * The one header in which trusted proxies say for whom they ask.
 *
 * <p>One, not both: a proxy that writes the one passes the other on as the client sent it, so reading both would let
 * any client choose its address.
 *
 * @since 0.1
 */
public enum ForwardedHeader {

    /** The {@code X-Forwarded-For} field: what most proxies and load balancers write. */
    X_FORWARDED_FOR("X-Forwarded-For"),

    /** The {@code for} parameters of the {@code Forwarded} field (RFC 7239). */
    FORWARDED("Forwarded");

    private final String field;

    ForwardedHeader(String field) {
        this.field = field;
    }

    String field() {
        return field;
    }
}
