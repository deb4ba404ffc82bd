package io.redisstate.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * A connection of one's own for commands that block on the server, made from the settings of a
 * {@link RedisConnectionFactory} but outside its pool, which waiting would starve.
 *
 * <p>It is opened by the first command, and again by the next one after a failure. It always talks to the primary. A
 * command waits for its reply for the longest block and the client's time-out on top, ten seconds of it at most, so that
 * a network that swallows packets is noticed. For one thread; {@link #unblock()} and {@link #close()} are for any.
 *
 * @since 0.1
 */
public abstract class BlockingConnection implements AutoCloseable {

    private static final ClassLoader LOADER = BlockingConnection.class.getClassLoader();

    private static final boolean JEDIS_PRESENT = ClassUtils.isPresent("redis.clients.jedis.UnifiedJedis", LOADER);

    private static final boolean LETTUCE_PRESENT =
            ClassUtils.isPresent("io.lettuce.core.api.async.RedisAsyncCommands", LOADER);

    private static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(10);

    BlockingConnection() {}

    /**
     * A connection with the settings of a factory; nothing is sent yet.
     *
     * @param longestBlock how long the server may hold a command back at most
     * @throws IllegalArgumentException if the factory is neither Jedis' nor Lettuce's
     */
    public static BlockingConnection of(RedisConnectionFactory connections, Duration longestBlock) {
        if (JEDIS_PRESENT && JedisBlockingConnection.supports(connections)) {
            return new JedisBlockingConnection(connections, longestBlock);
        }
        if (LETTUCE_PRESENT && LettuceBlockingConnection.supports(connections)) {
            return new LettuceBlockingConnection(connections, longestBlock);
        }
        throw new IllegalArgumentException("Neither a JedisConnectionFactory nor a LettuceConnectionFactory: "
                + connections.getClass().getName());
    }

    /**
     * Sends a command and waits for its reply.
     *
     * @param keyPosition which of the arguments is the key that decides the cluster node
     * @return bulk strings as {@code byte[]}, integers as {@code Long}, arrays as lists, maps as lists of keys and values
     * in turn, or null
     * @throws org.springframework.dao.DataAccessException if Redis can't be reached or answers with an error
     */
    public abstract @Nullable Object execute(String command, int keyPosition, byte[]... arguments);

    /**
     * Asks the server to answer the command under way at once, as if its time were over. Where it can't be asked, on a
     * cluster or without the permission, the command ends by itself.
     */
    public abstract void unblock();

    @Override
    public abstract void close();

    static Duration timeoutOf(Duration longestBlock, Duration clientTimeout) {
        boolean bounded = !clientTimeout.isZero() && clientTimeout.compareTo(LONGEST_TIMEOUT) < 0;
        return longestBlock.plus(bounded ? clientTimeout : LONGEST_TIMEOUT);
    }
}
