package io.redisstate.autoconfigure;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * A real Redis server started with the application. For development, not for production.
 *
 * @param enabled whether to start one, unless the application is told of another Redis
 * @param force whether to start it under a profile named prod or production all the same
 * @param port port it listens on, at loopback; 0 for a free one
 * @param arguments more words for redis-server's command line, such as --maxmemory, 100mb
 * @since 0.1
 */
@ConfigurationProperties(EmbeddedRedisProperties.PREFIX)
public record EmbeddedRedisProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("false") boolean force,
        @DefaultValue("0") int port,
        @DefaultValue List<String> arguments) {

    static final String PREFIX = "redis-state.embedded";

    /** @throws InvalidConfigurationPropertyValueException if the port is none */
    public EmbeddedRedisProperties {
        if (port < 0 || port > 65_535) {
            throw new InvalidConfigurationPropertyValueException(
                    PREFIX + ".port", port, "It must be 0, for a free one, to 65535.");
        }
    }
}
