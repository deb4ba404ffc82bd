package io.redisstate.ratelimit.http;

/**
 * A setting of the HTTP rate limits can't be used.
 *
 * @since 0.1
 */
public class InvalidRuleException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String attribute;
    private final String given;
    private final String allowed;

    InvalidRuleException(int index, String attribute, String given, String allowed) {
        this("rules[" + index + "]." + attribute, given, allowed);
    }

    InvalidRuleException(String attribute, String given, String allowed) {
        super(attribute + " is '" + given + "'; allowed is " + allowed);
        this.attribute = attribute;
        this.given = given;
        this.allowed = allowed;
    }

    /** Which one, as below {@code redis-state.rate-limit.http}: {@code rules[0].limit}, {@code trusted-proxies[1]}. */
    public String attribute() {
        return attribute;
    }

    /** What it is set to. */
    public String given() {
        return given;
    }

    /** What it may be set to, in words. */
    public String allowed() {
        return allowed;
    }
}
