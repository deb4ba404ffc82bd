package io.redisstate.sample;

import io.redisstate.sample.SaleRepository.Ticket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** What this instance of the shop has seen since the sale began. */
@Component
class Statistics {

    private static final int EVENTS = 30;

    private final Deque<Event> events = new ArrayDeque<>();
    private final List<Duration> waits = new ArrayList<>();
    private int soldHere;
    private int soldOut;
    private int denied;

    /** Something that happened to a client. */
    record Event(Instant at, String client, String what, String kind) {}

    /** How long clients waited for the lock, in ms. */
    record Waits(int count, long p50, long p99, long max) {}

    /** A copy for the page. */
    record Snapshot(int soldHere, int soldOut, int denied, Waits waits, List<Event> events) {}

    synchronized void waited(Duration wait) {
        waits.add(wait);
    }

    synchronized void served(String client, Optional<Ticket> ticket) {
        if (ticket.isPresent()) {
            soldHere++;
            add(client, "bought seat " + ticket.get().seat(), "sold");
        } else {
            soldOut++;
            add(client, "came too late: sold out", "late");
        }
    }

    synchronized void denied(String client, String retryAfter) {
        denied++;
        add(client, "429, may retry in " + retryAfter + " s", "denied");
    }

    private void add(String client, String what, String kind) {
        events.addFirst(new Event(Instant.now(), client, what, kind));
        if (events.size() > EVENTS) {
            events.removeLast();
        }
    }

    synchronized Snapshot snapshot() {
        List<Duration> sorted = waits.stream().sorted().toList();
        Waits summary = sorted.isEmpty()
                ? new Waits(0, 0, 0, 0)
                : new Waits(
                        sorted.size(),
                        sorted.get(sorted.size() / 2).toMillis(),
                        sorted.get((int) (sorted.size() * 0.99)).toMillis(),
                        sorted.get(sorted.size() - 1).toMillis());
        return new Snapshot(soldHere, soldOut, denied, summary, List.copyOf(events));
    }

    synchronized void reset() {
        events.clear();
        waits.clear();
        soldHere = 0;
        soldOut = 0;
        denied = 0;
    }
}
