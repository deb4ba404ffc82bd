package io.redisstate.sample.orders;

import io.redisstate.stream.listener.RedisStreamListener;
import io.redisstate.stream.listener.StreamRetry;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Mails each buyer the ticket, unless it has been broken to show what happens then. */
@Component
class Mailer {

    static final String GROUP = "mailer";

    private final AtomicInteger sent = new AtomicInteger();
    private volatile boolean broken;

    /** It has been broken. */
    static final class MailerBrokenException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        MailerBrokenException(String message) {
            super(message);
        }
    }

    @RedisStreamListener(
            id = GROUP,
            stream = OrderEvents.STREAM,
            group = GROUP,
            startFrom = "earliest",
            retry = @StreamRetry(attempts = "3", delay = "300ms", multiplier = "2"))
    void mail(OrderPlaced order) {
        if (broken) {
            throw new MailerBrokenException("No mail to " + order.client() + " about seat " + order.seat());
        }
        sent.incrementAndGet();
    }

    @EventListener
    void switched(MailerSwitch to) {
        broken = to.broken();
    }

    boolean isBroken() {
        return broken;
    }

    int sent() {
        return sent.get();
    }
}
