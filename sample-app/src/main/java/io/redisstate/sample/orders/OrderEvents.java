package io.redisstate.sample.orders;

import io.redisstate.stream.Publication;
import io.redisstate.stream.Published;
import io.redisstate.stream.StreamPublisher;
import org.springframework.stereotype.Component;

/** Puts orders into the stream. */
@Component
public class OrderEvents {

    static final String STREAM = "orders";

    private final StreamPublisher publisher;

    OrderEvents(StreamPublisher publisher) {
        this.publisher = publisher;
    }

    /** Publishes an order; it stays in the stream until mailer and analytics have had it. */
    public void placed(OrderPlaced order) {
        Published unused = publisher.publish(STREAM, Publication.of(order));
    }
}
