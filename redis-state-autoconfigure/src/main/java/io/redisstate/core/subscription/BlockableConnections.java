package io.redisstate.core.subscription;

import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * Connections for a subscription whose reader is held up on purpose when its messages are not taken, so that TCP slows the
 * server down. Jedis reads on a thread of its own, so its connections serve as they are. Lettuce reads on an event loop that
 * other connections share, so the subscription gets one of its own.
 *
 * @since 0.1
 */
public final class BlockableConnections implements AutoCloseable {

    private static final boolean LETTUCE_PRESENT =
            ClassUtils.isPresent("io.lettuce.core.RedisClient", BlockableConnections.class.getClassLoader());

    private final RedisConnectionFactory factory;
    private final Runnable end;

    private BlockableConnections(RedisConnectionFactory factory, Runnable end) {
        this.factory = factory;
        this.end = end;
    }

    /** Connections to the same Redis as those given. */
    public static BlockableConnections of(RedisConnectionFactory connections) {
        if (LETTUCE_PRESENT && connections instanceof LettuceConnectionFactory lettuce) {
            OwnEventLoop own = OwnEventLoop.like(lettuce);
            return new BlockableConnections(own.connections(), own::close);
        }
        return new BlockableConnections(connections, () -> {});
    }

    /** Where to take the subscription's connections from. */
    public RedisConnectionFactory factory() {
        return factory;
    }

    /** Closes what was opened here; subscriptions must have ended. */
    @Override
    public void close() {
        end.run();
    }
}
