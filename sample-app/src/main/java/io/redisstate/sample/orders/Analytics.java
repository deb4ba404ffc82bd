package io.redisstate.sample.orders;

import io.redisstate.stream.listener.RedisStreamListener;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/** Counts orders, many at a time. */
@Component
class Analytics {

    static final String GROUP = "analytics";

    private final AtomicInteger orders = new AtomicInteger();

    @RedisStreamListener(id = GROUP, stream = OrderEvents.STREAM, group = GROUP, startFrom = "earliest")
    void count(List<OrderPlaced> placed) {
        orders.addAndGet(placed.size());
    }

    int orders() {
        return orders.get();
    }
}
