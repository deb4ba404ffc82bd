package io.redisstate.autoconfigure.structure;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Structures.
 *
 * @param enabled whether structures are configured
 * @since 0.1
 */
@ConfigurationProperties(StructureProperties.PREFIX)
public record StructureProperties(@DefaultValue("true") boolean enabled) {

    static final String PREFIX = "redis-state.structure";
}
