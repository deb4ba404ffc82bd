package io.redisstate.pubsub;

import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisSentinelConnection;
import org.springframework.data.redis.connection.Subscription;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.ClassUtils;

/** The connection that a container subscribes on, which it keeps for itself: to ask it for a sign of life. */
final class SubscribedConnection {

    private static final boolean LETTUCE_PRESENT =
            ClassUtils.isPresent("io.lettuce.core.RedisClient", SubscribedConnection.class.getClassLoader());

    private final RedisConnectionFactory factory;
    private volatile @Nullable RedisConnection latest;

    SubscribedConnection(RedisConnectionFactory connections) {
        this.factory = LETTUCE_PRESENT && connections instanceof LettuceConnectionFactory lettuce
                ? new Lettuce(lettuce, this)
                : new Other(connections, this);
    }

    /** Where the container takes it from. */
    RedisConnectionFactory factory() {
        return factory;
    }

    /** Has the server confirm a subscription once more, if there is one. */
    void confirm(byte[] topic, boolean pattern) {
        RedisConnection connection = latest;
        Subscription subscription = connection == null ? null : connection.getSubscription();
        if (subscription == null || !subscription.isAlive()) {
            return;
        }
        if (pattern) {
            subscription.pSubscribe(topic);
        } else {
            subscription.subscribe(topic);
        }
    }

    private RedisConnection remember(RedisConnection connection) {
        latest = connection;
        return connection;
    }

    /** Containers tell Lettuce by its type; nothing but this method of it is used. */
    private static final class Lettuce extends LettuceConnectionFactory {

        private final LettuceConnectionFactory delegate;
        private final SubscribedConnection owner;

        Lettuce(LettuceConnectionFactory delegate, SubscribedConnection owner) {
            this.delegate = delegate;
            this.owner = owner;
        }

        @Override
        public RedisConnection getConnection() {
            return owner.remember(delegate.getConnection());
        }
    }

    private record Other(RedisConnectionFactory delegate, SubscribedConnection owner)
            implements RedisConnectionFactory {

        @Override
        public RedisConnection getConnection() {
            return owner.remember(delegate.getConnection());
        }

        @Override
        public RedisClusterConnection getClusterConnection() {
            return delegate.getClusterConnection();
        }

        @Override
        public RedisSentinelConnection getSentinelConnection() {
            return delegate.getSentinelConnection();
        }

        @Override
        public boolean getConvertPipelineAndTxResults() {
            return delegate.getConvertPipelineAndTxResults();
        }

        @Override
        public @Nullable DataAccessException translateExceptionIfPossible(RuntimeException failure) {
            return delegate.translateExceptionIfPossible(failure);
        }
    }
}
