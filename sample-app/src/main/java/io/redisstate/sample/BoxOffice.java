package io.redisstate.sample;

import io.redisstate.sample.SaleRepository.Seats;
import io.redisstate.sample.SaleRepository.Ticket;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Sells seats by reading the counter, thinking for a moment and writing the counter: right for one buyer at a time, and
 * wrong for two. {@link TicketCounter} makes sure that there is one.
 */
@Service
class BoxOffice {

    private static final long THINKING = TimeUnit.MILLISECONDS.toNanos(1);

    private final SaleRepository sales;
    private final Outbox outbox;

    BoxOffice(SaleRepository sales, Outbox outbox) {
        this.sales = sales;
        this.outbox = outbox;
    }

    /** The next seat; empty if all are sold. */
    @Transactional
    public Optional<Ticket> sell(long sale, String client) {
        Seats seats = sales.seats(sale);
        if (seats.sold() >= seats.total()) {
            return Optional.empty();
        }
        LockSupport.parkNanos(THINKING);
        Ticket ticket = new Ticket(seats.sold() + 1, client);
        sales.setSold(sale, ticket.seat());
        sales.addTicket(sale, ticket);
        outbox.confirm(client, ticket.seat());
        return Optional.of(ticket);
    }
}
