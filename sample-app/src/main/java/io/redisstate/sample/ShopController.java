package io.redisstate.sample;

import io.redisstate.lock.LockTimeoutException;
import io.redisstate.ratelimit.RateLimiters;
import io.redisstate.sample.SaleRepository.Seats;
import io.redisstate.sample.SaleRepository.Ticket;
import io.redisstate.sample.live.LiveNotifications;
import io.redisstate.sample.live.Notification;
import io.redisstate.sample.orders.OrderEvents;
import io.redisstate.sample.orders.OrderPlaced;
import java.time.Instant;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;

/** The page and what its buttons do. */
@Controller
class ShopController {

    private final TicketCounter counter;
    private final SaleRepository sales;
    private final Statistics statistics;
    private final Crowd crowd;
    private final RateLimiters limiters;
    private final MailServer mails;
    private final OrderEvents orders;
    private final LiveNotifications live;

    ShopController(
            TicketCounter counter,
            SaleRepository sales,
            Statistics statistics,
            Crowd crowd,
            RateLimiters limiters,
            MailServer mails,
            OrderEvents orders,
            LiveNotifications live) {
        this.counter = counter;
        this.sales = sales;
        this.statistics = statistics;
        this.crowd = crowd;
        this.limiters = limiters;
        this.mails = mails;
        this.orders = orders;
        this.live = live;
    }

    /** What the page shows. */
    record State(int total, int sold, int left, int tickets, Statistics.Snapshot here) {}

    @GetMapping("/")
    String page(Model model) {
        model.addAttribute("state", state());
        model.addAttribute("limit", limiters.limit("buy"));
        model.addAttribute("buyers", Crowd.BUYERS);
        return "shop";
    }

    @GetMapping("/api/state")
    @ResponseBody
    State state() {
        Seats seats = sales.seats(SaleRepository.FLASH_SALE);
        int tickets = sales.tickets(SaleRepository.FLASH_SALE).size();
        return new State(seats.total(), seats.sold(), seats.total() - seats.sold(), tickets, statistics.snapshot());
    }

    @PostMapping("/api/buy")
    ResponseEntity<Map<String, Object>> buy(@RequestParam String client) {
        return counter.buy(SaleRepository.FLASH_SALE, client, Instant.now())
                .map(this::bought)
                .orElseGet(() -> ResponseEntity.status(HttpStatus.GONE).body(Map.of("message", "Sold out")));
    }

    /** The seat is sold and the lock released; what else has to happen, others do. */
    private ResponseEntity<Map<String, Object>> bought(Ticket ticket) {
        orders.placed(new OrderPlaced(ticket.seat(), ticket.client()));
        live.tell(new Notification(ticket.client(), "bought seat " + ticket.seat()));
        return ResponseEntity.status(HttpStatus.CREATED)
                .body(Map.of("message", "You have seat " + ticket.seat(), "seat", ticket.seat()));
    }

    @PostMapping("/api/crowd")
    @ResponseBody
    Map<Integer, Integer> crowd(@RequestParam(defaultValue = "" + Crowd.BUYERS) int buyers)
            throws InterruptedException {
        return crowd.rush(Math.min(buyers, 5_000));
    }

    @PostMapping("/api/reset")
    @ResponseBody
    State reset() {
        sales.reset(SaleRepository.FLASH_SALE);
        statistics.reset();
        mails.reset();
        return state();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> busy(LockTimeoutException ex) {
        return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
                .header(HttpHeaders.RETRY_AFTER, "5")
                .body(ProblemDetail.forStatusAndDetail(
                        HttpStatus.SERVICE_UNAVAILABLE, "The queue is too long at the moment"));
    }
}
