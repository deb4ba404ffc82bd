package io.redisstate.sample.orders;

import io.redisstate.stream.DeadLetter;
import io.redisstate.stream.DeadLetters;
import io.redisstate.stream.container.ContainerStatistics;
import io.redisstate.stream.listener.StreamListenerRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What became of the orders, and the buttons that break the mailer and try again. */
@RestController
@RequestMapping("/api/orders")
class OrdersController {

    private static final int SHOWN = 20;

    private final Mailer mailer;
    private final Analytics analytics;
    private final StreamListenerRegistry listeners;
    private final DeadLetters deadLetters;
    private final PendingOrders pending;
    private final ApplicationEventPublisher events;

    OrdersController(
            Mailer mailer,
            Analytics analytics,
            StreamListenerRegistry listeners,
            DeadLetters deadLetters,
            PendingOrders pending,
            ApplicationEventPublisher events) {
        this.mailer = mailer;
        this.analytics = analytics;
        this.listeners = listeners;
        this.deadLetters = deadLetters;
        this.pending = pending;
        this.events = events;
    }

    /**
     * A consumer.
     *
     * @param here how many orders this instance has handled
     * @param failed how many attempts failed here
     * @param waiting how many orders the group has been given and not finished, in all instances
     * @param behind how many it has not been given yet
     * @param dead how many it has given up
     */
    record Consumer(String name, int here, long failed, long waiting, long behind, long dead) {}

    /** An order that was given up. */
    record Dead(String order, long attempts, String reason) {}

    /** What the page shows. */
    record View(boolean broken, List<Consumer> consumers, List<PendingOrders.Pending> pending, List<Dead> dead) {}

    @GetMapping
    View view() {
        List<Dead> dead = deadLetters.list(OrderEvents.STREAM, Mailer.GROUP, SHOWN).stream()
                .map(OrdersController::dead)
                .toList();
        return new View(
                mailer.isBroken(),
                List.of(consumer(Mailer.GROUP, mailer.sent()), consumer(Analytics.GROUP, analytics.orders())),
                pending.of(Mailer.GROUP, SHOWN),
                dead);
    }

    private Consumer consumer(String group, int here) {
        ContainerStatistics seen = listeners.container(group).statistics();
        return new Consumer(
                group,
                here,
                seen.failed(),
                seen.pending(),
                Math.max(0, seen.lag()),
                deadLetters.count(OrderEvents.STREAM, group));
    }

    private static Dead dead(DeadLetter letter) {
        String order = letter.payload()
                .map(json -> new String(json, StandardCharsets.UTF_8))
                .orElse("");
        return new Dead(order, letter.attempts(), letter.exceptionMessage());
    }

    /** Breaks the mailer or repairs it, in all instances. */
    @PostMapping("/mailer")
    View breakMailer(@RequestParam boolean broken) {
        events.publishEvent(new MailerSwitch(broken));
        return view();
    }

    /** Puts what was given up back into the stream. */
    @PostMapping("/redrive")
    Map<String, Long> redrive() {
        return Map.of("redriven", deadLetters.redriveAll(OrderEvents.STREAM, Mailer.GROUP));
    }
}
