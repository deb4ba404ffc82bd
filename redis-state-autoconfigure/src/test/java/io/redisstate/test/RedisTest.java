package io.redisstate.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test on a real Redis. Parameters of the types {@link RedisServer}, {@code JedisConnectionFactory} and
 * {@code LettuceConnectionFactory} are those of {@link RedisServer#shared()}.
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("redis")
@ExtendWith(RedisExtension.class)
public @interface RedisTest {}
