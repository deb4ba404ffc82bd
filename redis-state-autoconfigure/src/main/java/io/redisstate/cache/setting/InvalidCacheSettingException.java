package io.redisstate.cache.setting;

/**
 * A setting of a cache is out of its bounds.
 *
 * @since 0.1
 */
public class InvalidCacheSettingException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String setting;
    private final transient Object given;
    private final String rule;

    /** A setting, what it is given as, and what it must be, as the end of a sentence. */
    public InvalidCacheSettingException(String setting, Object given, String rule) {
        super(setting + " is " + given + "; it " + rule);
        this.setting = setting;
        this.given = given;
        this.rule = rule;
    }

    /** The setting, named as its property. */
    public String setting() {
        return setting;
    }

    /** What it is. */
    public Object given() {
        return given;
    }

    /** What it must be, as the end of a sentence. */
    public String rule() {
        return rule;
    }
}
