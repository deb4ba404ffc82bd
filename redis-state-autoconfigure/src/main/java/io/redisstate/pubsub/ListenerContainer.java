package io.redisstate.pubsub;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.springframework.data.redis.connection.Message;
import org.springframework.data.redis.connection.MessageListener;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.util.backoff.BackOffExecution;

/**
 * A container that calls its listeners on the thread that reads the subscription, so in order; they must only hand over.
 *
 * <p>It is used for one subscription: when that is lost, for whatever reason, it is done with, and says so. (Its base class
 * goes on by itself only after some failures, and logs each attempt.)
 */
final class ListenerContainer extends RedisMessageListenerContainer {

    private final CompletableFuture<Throwable> lost = new CompletableFuture<>();
    private final SubscribedConnection connection;
    private volatile boolean over;

    ListenerContainer(RedisConnectionFactory connections, Executor reader, long registrationMillis) {
        this.connection = new SubscribedConnection(connections);
        setConnectionFactory(connection.factory());
        setTaskExecutor(Runnable::run);
        setSubscriptionExecutor(reader);
        setMaxSubscriptionRegistrationWaitingTime(registrationMillis);
        setBeanName("redisStateListenerContainer");
    }

    /** Completed with the reason when the subscription is lost or could not be made. */
    CompletableFuture<Throwable> lost() {
        return lost;
    }

    SubscribedConnection connection() {
        return connection;
    }

    /** Its connection is dead, though nobody has said so. What it still may bring comes to nothing. */
    void giveUp(Throwable reason) {
        over = true;
        lost.complete(reason);
    }

    @Override
    public boolean isRunning() {
        return !over && super.isRunning();
    }

    @Override
    protected void handleSubscriptionException(
            CompletableFuture<Void> future, BackOffExecution backOff, Throwable cause) {
        over = true;
        super.handleSubscriptionException(future, backOff, cause);
        lost.complete(cause);
    }

    @Override
    protected void processMessage(MessageListener listener, Message message, byte[] source) {
        if (!over) {
            super.processMessage(listener, message, source);
        }
    }
}
