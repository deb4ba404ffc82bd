package io.redisstate.autoconfigure.session;

import tools.jackson.databind.json.JsonMapper;

/**
 * Changes how attribute values become JSON, as a bean: by modules for the application's types, for example.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface SessionJsonCustomizer {

    /** Called once, after everything else has been set. */
    void customize(JsonMapper.Builder builder);
}
