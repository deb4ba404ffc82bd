package io.redisstate.test;

import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** Gives tests the shared server and its clients. */
final class RedisExtension implements ParameterResolver {

    private static final Map<Class<?>, Supplier<Object>> VALUES = Map.of(
            RedisServer.class, RedisServer::shared,
            JedisConnectionFactory.class, () -> RedisServer.shared().jedis(),
            LettuceConnectionFactory.class, () -> RedisServer.shared().lettuce());

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return VALUES.containsKey(parameter.getParameter().getType());
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return Objects.requireNonNull(VALUES.get(parameter.getParameter().getType()))
                .get();
    }
}
