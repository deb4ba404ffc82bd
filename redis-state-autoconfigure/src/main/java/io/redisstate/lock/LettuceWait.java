package io.redisstate.lock;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.IntegerOutput;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnection;
import org.springframework.util.ClassUtils;

/** WAIT on a Lettuce connection, which has to be told that the reply is an integer. */
final class LettuceWait {

    static final boolean PRESENT =
            ClassUtils.isPresent("io.lettuce.core.RedisClient", LettuceWait.class.getClassLoader());

    private LettuceWait() {}

    static void send(RedisConnection connection, byte[]... arguments) {
        if (connection instanceof LettuceConnection lettuce) {
            var unused = lettuce.execute("WAIT", new IntegerOutput<>(ByteArrayCodec.INSTANCE), arguments);
        } else {
            var unused = connection.execute("WAIT", arguments);
        }
    }
}
