package io.redisstate.stream.listener;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A method that consumes a stream for a group.
 *
 * <p>It takes the payload, or a {@link io.redisstate.stream.StreamMessage} of it, or a {@code List} of either for a whole
 * batch; besides that an {@link io.redisstate.stream.Acknowledgement}, and for single messages {@code @Header} (see
 * {@link StreamHeaders}) and {@code @Headers}. What it throws is a failed attempt; where it returns a
 * {@link java.util.concurrent.CompletionStage}, the message is done when that is.
 *
 * <p>All texts may have {@code ${...}} and {@code #{...}}; where one is empty the property
 * {@code redis-state.stream.listener.*} of its name says it.
 *
 * @since 0.1
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface RedisStreamListener {

    /** The name of its container in the registry; by default the class's and method's names. */
    String id() default "";

    /** The stream. */
    String stream();

    /** The group; each group gets every message once. By default the property {@code spring.application.name}. */
    String group() default "";

    /** What the consumer's name starts with. */
    String consumer() default "";

    /** How many messages, or batches, are handled at a time. */
    String concurrency() default "";

    /** How many messages are read at a time at most. */
    String batchSize() default "";

    /** How many messages are read and not yet settled at most. */
    String maxInFlight() default "";

    /** How many messages may wait for others of their keys, where there is an {@link #orderBy() order}. */
    String maxWaiting() default "";

    /** How long the server holds an empty read back. */
    String block() default "";

    /** An {@link io.redisstate.stream.AckMode}. */
    String ackMode() default "";

    /** Where a new group begins: {@code earliest}, {@code latest} or after an id. */
    String startFrom() default "";

    /** Whether it starts with the application. */
    String autoStartup() default "";

    /** After which time without a sign of life a consumer's messages are taken over. */
    String minIdle() default "";

    /** How long stopping waits for handlers. */
    String shutdownTimeout() default "";

    /** What is tried again. */
    StreamRetry retry() default @StreamRetry;

    /** The bean that is told of failures: a {@link io.redisstate.stream.StreamErrorHandler}. */
    String errorHandler() default "";

    /**
     * An expression of what messages have to share to be handled in their order, such as {@code payload.customerId}; of
     * {@link io.redisstate.stream.StreamMessage}. By default they are handled in any order.
     */
    String orderBy() default "";

    /** The bean that knows what has been handled: an {@link io.redisstate.stream.IdempotencyStore}. */
    String idempotencyStore() default "";

    /**
     * A {@link io.redisstate.stream.HandlerCircuit} bean, or Resilience4j's circuit breaker of a name, around the handler;
     * while it is open, nothing is read.
     */
    String circuitBreaker() default "";
}
