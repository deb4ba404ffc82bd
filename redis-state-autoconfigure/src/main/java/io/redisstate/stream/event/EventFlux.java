package io.redisstate.stream.event;

import io.redisstate.stream.StreamMessage;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

/**
 * Event streams for Reactor.
 *
 * @since 0.1
 */
public final class EventFlux {

    private EventFlux() {}

    /** As {@link EventStream#follow}, as a {@link Flux}. */
    public static <T> Flux<StreamMessage<T>> follow(EventStream<T> stream, String position) {
        return JdkFlowAdapter.flowPublisherToFlux(stream.follow(position));
    }
}
