package io.redisstate.sample.orders;

import io.redisstate.stream.StreamKeys;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.data.domain.Range;
import org.springframework.data.redis.connection.stream.PendingMessage;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/** What a group has been given and not finished, asked of Redis itself (XPENDING). */
@Component
class PendingOrders {

    private final StringRedisTemplate redis;
    private final String stream;

    PendingOrders(
            StringRedisTemplate redis,
            @Value("${redis-state.key-prefix:${spring.application.name}}") String keyPrefix) {
        this.redis = redis;
        this.stream = new StreamKeys(keyPrefix).stream(OrderEvents.STREAM);
    }

    /**
     * An order in work, or one that waits for its next attempt.
     *
     * @param consumer the instance that has it
     */
    record Pending(String id, String consumer, long deliveries, long idleMillis) {}

    /** The oldest ones of a group. */
    List<Pending> of(String group, int most) {
        return redis.opsForStream().pending(stream, group, Range.unbounded(), most).stream()
                .map(PendingOrders::pending)
                .toList();
    }

    private static Pending pending(PendingMessage message) {
        return new Pending(
                message.getIdAsString(),
                message.getConsumerName(),
                message.getTotalDeliveryCount(),
                message.getElapsedTimeSinceLastDelivery().toMillis());
    }
}
