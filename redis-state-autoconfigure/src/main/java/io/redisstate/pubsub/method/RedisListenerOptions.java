package io.redisstate.pubsub.method;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What {@link org.springframework.data.redis.annotation.RedisListener} does not say: stands beside it on a method, or with
 * it on an annotation of one's own. All texts may contain {@code ${...}} and {@code #{...}}.
 *
 * @since 0.1
 */
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface RedisListenerOptions {

    /** Whether all topics of the method are sharded channels (SSUBSCRIBE, Redis 7), of which there are no patterns. */
    boolean sharded() default false;

    /** How many messages may wait for the method, from 1; by default {@code redis-state.pubsub.queue-capacity}. */
    String queueCapacity() default "";

    /**
     * What happens to a message that comes while so many wait: {@code block}, {@code drop-oldest} or {@code drop-newest}
     * ({@link io.redisstate.pubsub.Overflow}); by default {@code redis-state.pubsub.overflow}.
     */
    String overflow() default "";

    /** The name of the {@link io.redisstate.pubsub.ListenerErrorHandler} bean; by default the only one, else a log entry. */
    String errorHandler() default "";
}
