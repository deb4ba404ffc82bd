package io.redisstate.sample;

import io.redisstate.lock.DistributedLock;
import io.redisstate.ratelimit.RateLimited;
import io.redisstate.sample.SaleRepository.Ticket;
import io.redisstate.sample.audience.BuyerBoard;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** Where clients queue: one is served at a time in all instances of the shop, and each may come only so often. */
@Service
class TicketCounter {

    private final BoxOffice office;
    private final Statistics statistics;
    private final BuyerBoard buyers;

    TicketCounter(BoxOffice office, Statistics statistics, BuyerBoard buyers) {
        this.office = office;
        this.statistics = statistics;
        this.buyers = buyers;
    }

    /**
     * Buys a seat. The limit is asked first, so a client over its limit does not queue; the lock surrounds the transaction,
     * so the next client sees what this one bought.
     *
     * @param arrived when the client began to wait
     */
    @RateLimited(name = "buy", key = "#client")
    @DistributedLock(name = "sale", key = "#sale", waitTime = "30s")
    public Optional<Ticket> buy(long sale, String client, Instant arrived) {
        statistics.waited(Duration.between(arrived, Instant.now()));
        Optional<Ticket> ticket = office.sell(sale, client);
        statistics.served(client, ticket);
        ticket.ifPresent(sold -> buyers.bought(client));
        return ticket;
    }
}
