package io.redisstate.sample.live;

import io.redisstate.pubsub.MessagePublisher;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.data.redis.annotation.RedisListener;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Publishes notifications to Redis, and passes on what comes from there to the pages that are open here. */
@RestController
public class LiveNotifications {

    /** Channels are not prefixed by themselves: an application may want to talk to others. */
    private static final String CHANNEL = "${redis-state.key-prefix:${spring.application.name}}:live";

    private static final Log LOG = LogFactory.getLog(LiveNotifications.class);

    private final MessagePublisher publisher;
    private final String channel;
    private final Set<SseEmitter> pages = ConcurrentHashMap.newKeySet();

    LiveNotifications(MessagePublisher publisher, @Value(CHANNEL) String channel) {
        this.publisher = publisher;
        this.channel = channel;
    }

    /** Tells all pages of all instances. */
    public void tell(Notification notification) {
        long unused = publisher.publish(channel, notification);
    }

    @GetMapping("/api/live")
    SseEmitter open() throws IOException {
        SseEmitter page = new SseEmitter(0L);
        page.onCompletion(() -> pages.remove(page));
        page.onTimeout(page::complete);
        page.onError(failure -> pages.remove(page));
        page.send(SseEmitter.event().comment("open"));
        pages.add(page);
        return page;
    }

    @RedisListener(id = "live", topic = CHANNEL)
    void received(Notification notification) {
        pages.removeIf(page -> !isSent(notification, page));
    }

    private static boolean isSent(Notification notification, SseEmitter page) {
        try {
            page.send(notification);
            return true;
        } catch (IOException | IllegalStateException ex) {
            LOG.debug("A page is gone", ex);
            return false;
        }
    }

    /** So that the web server does not wait for pages that stay open. */
    @EventListener(ContextClosedEvent.class)
    void close() {
        pages.forEach(SseEmitter::complete);
    }
}
