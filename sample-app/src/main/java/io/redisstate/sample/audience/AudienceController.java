package io.redisstate.sample.audience;

import io.redisstate.structure.RedisStructures;
import io.redisstate.structure.presence.Presence;
import java.time.Duration;
import java.util.List;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Hears of visitors while they have a page open, and tells them who else is here. */
@RestController
class AudienceController {

    private static final String SHOP = "shop";

    /** Pages are heard of every two seconds; one that is closed is gone ten seconds later. */
    private static final Duration GONE = Duration.ofSeconds(10);

    private final BuyerBoard buyers;
    private final Presence visitors;

    AudienceController(BuyerBoard buyers, RedisStructures structures) {
        this.buyers = buyers;
        this.visitors = structures.presence("visitors", GONE);
    }

    /** Somebody and how many seats they bought. */
    record Buyer(long rank, String client, long seats) {}

    /** What a page shows. */
    record Audience(long visitors, List<Buyer> buyers) {}

    @PostMapping("/api/audience")
    Audience audience(@RequestParam String visitor) {
        visitors.heartbeat(SHOP, visitor);
        return new Audience(
                visitors.count(SHOP),
                buyers.best().stream()
                        .map(entry -> new Buyer(entry.rank(), entry.member(), (long) entry.score()))
                        .toList());
    }
}
