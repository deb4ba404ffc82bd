package io.redisstate.ratelimit;

import io.redisstate.core.FailureKind;
import io.redisstate.ratelimit.RateLimitProtocol.Mode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.dao.DataAccessException;

/** How a check is made: from memory where that is enough, else in Redis, and by the limit's rule where Redis is away. */
final class RateLimitChecks {

    private static final Log LOG = LogFactory.getLog(RateLimitChecks.class);
    private static final String NO_PERMIT = "";

    private final RateLimitProtocol protocol;
    private final LocalDenials denials = new LocalDenials();
    private final LeasedPermits leased;
    private final AtomicBoolean degraded = new AtomicBoolean();

    RateLimitChecks(RateLimitProtocol protocol) {
        this.protocol = protocol;
        this.leased = new LeasedPermits(protocol);
    }

    RateLimitResult check(RateLimitRequest request) {
        requireNotConcurrency(request.limit(), "tryHold");
        return checkAs(request, NO_PERMIT);
    }

    private RateLimitResult checkAs(RateLimitRequest request, String permit) {
        RateLimitResult known = denials.find(request);
        if (known != null) {
            return known;
        }
        RateLimit rule = request.limit();
        long sent = System.nanoTime();
        RateLimitResult result = rule.leaseChunk() > 0
                ? orDegraded(rule, () -> leased.tryAcquire(rule, request.key(), request.cost()))
                : orDegraded(rule, () -> protocol.check(rule, request.key(), request.cost(), Mode.TAKE, permit));
        if (!result.allowed() && !result.degraded()) {
            denials.remember(request, result, sent);
        }
        return result;
    }

    /** A result that took permits in Redis, and when. */
    private record Taken(RateLimitRequest request, RateLimitResult result, long asked, long given) {}

    /** The results of all requests: either all are allowed, or nothing was taken. */
    List<RateLimitResult> checkAll(List<RateLimitRequest> requests, String permit) {
        List<RateLimitRequest> distinct = merged(requests);
        if (distinct.size() == 1) {
            return List.of(checkAs(distinct.get(0), permit));
        }
        for (RateLimitRequest request : distinct) {
            RateLimitResult known = denials.find(request);
            if (known != null) {
                return List.of(known);
            }
        }
        Map<String, List<RateLimitRequest>> subjects = new LinkedHashMap<>();
        distinct.forEach(request -> subjects.computeIfAbsent(request.key(), key -> new ArrayList<>())
                .add(request));
        List<Taken> taken = new ArrayList<>();
        List<RateLimitResult> results = new ArrayList<>();
        boolean allowed = false;
        try {
            for (List<RateLimitRequest> subject : subjects.values()) {
                long asked = System.nanoTime();
                List<RateLimitResult> next = checkSubject(subject, permit);
                long given = System.nanoTime();
                results.addAll(next);
                allowed = next.stream().allMatch(RateLimitResult::allowed);
                if (!allowed) {
                    return results;
                }
                for (int i = 0; i < next.size(); i++) {
                    if (!next.get(i).degraded()) {
                        taken.add(new Taken(subject.get(i), next.get(i), asked, given));
                    }
                }
                allowed = results.size() == distinct.size();
            }
            return results;
        } finally {
            if (!allowed) {
                taken.forEach(one -> giveBack(one, permit));
            }
        }
    }

    /** One request for each limit and subject: two for the same could each be allowed and both together not. */
    static List<RateLimitRequest> merged(List<RateLimitRequest> requests) {
        Map<List<String>, RateLimitRequest> merged = new LinkedHashMap<>();
        requests.forEach(request -> merged.merge(
                List.of(request.limit().name(), request.key()),
                request,
                (one, other) -> new RateLimitRequest(one.limit(), one.key(), Math.addExact(one.cost(), other.cost()))));
        return List.copyOf(merged.values());
    }

    private List<RateLimitResult> checkSubject(List<RateLimitRequest> requests, String permit) {
        if (requests.size() == 1) {
            return List.of(checkAs(requests.get(0), permit));
        }
        long sent = System.nanoTime();
        try {
            List<RateLimitResult> results = protocol.checkAll(requests, permit);
            for (int i = 0; i < results.size(); i++) {
                if (!results.get(i).allowed()) {
                    denials.remember(requests.get(i), results.get(i), sent);
                }
            }
            return results;
        } catch (DataAccessException ex) {
            return requests.stream()
                    .map(request -> orDegraded(request.limit(), () -> {
                        throw ex;
                    }))
                    .toList();
        }
    }

    private void giveBack(Taken taken, String permit) {
        RateLimit rule = taken.request.limit();
        if (rule.algorithm() == RateLimitAlgorithm.CONCURRENCY) {
            release(taken.request, permit);
        } else if (rule.leaseChunk() == 0) {
            // Of a leased limit they were spent here already, and are worth nothing after their window anyway.
            quietly(rule, () -> protocol.giveBack(taken.request, taken.result, taken.asked, taken.given));
            // Whoever was denied meanwhile might now be allowed.
            denials.forget(rule.name(), taken.request.key());
        }
    }

    /** Gives back permits of a concurrency limit. */
    void release(RateLimitRequest request, String permit) {
        quietly(request.limit(), () -> protocol.release(request.limit(), request.key(), permit, request.cost()));
    }

    private static void quietly(RateLimit rule, Runnable givingBack) {
        try {
            givingBack.run();
        } catch (DataAccessException ex) {
            LOG.debug("Permits of rate limit '" + rule.name() + "' were not given back", ex);
        }
    }

    RateLimitResult peek(RateLimit rule, String key) {
        return orDegraded(rule, () -> protocol.check(rule, key, 1, Mode.LOOK, NO_PERMIT));
    }

    RateLimitResult force(RateLimit rule, String key, long cost) {
        requireNotConcurrency(rule, "tryHold");
        return protocol.check(rule, key, cost, Mode.FORCE, NO_PERMIT);
    }

    void reset(RateLimit rule, String key) {
        denials.forget(rule.name(), key);
        leased.forget(rule, key);
        protocol.reset(rule, key);
    }

    Optional<RateLimitPermit> hold(RateLimitRequest request) {
        if (request.limit().algorithm() != RateLimitAlgorithm.CONCURRENCY) {
            throw new UnsupportedOperationException(
                    "Rate limit '" + request.limit().name() + "' is a "
                            + request.limit().algorithm() + "; only permits of a CONCURRENCY limit are held");
        }
        String permit = newPermit();
        RateLimitResult result = checkAs(request, permit);
        return result.allowed() ? Optional.of(new HeldPermit(request, permit, result)) : Optional.empty();
    }

    static String newPermit() {
        return UUID.randomUUID().toString();
    }

    private static void requireNotConcurrency(RateLimit rule, String instead) {
        if (rule.algorithm() == RateLimitAlgorithm.CONCURRENCY) {
            throw new UnsupportedOperationException("Rate limit '" + rule.name() + "' limits concurrency; use "
                    + instead + ", which gives permits back");
        }
    }

    private RateLimitResult orDegraded(RateLimit rule, Supplier<RateLimitResult> check) {
        try {
            RateLimitResult result = check.get();
            if (degraded.get() && degraded.compareAndSet(true, false)) {
                LOG.info("Rate limits are checked in Redis again");
            }
            return result;
        } catch (DataAccessException ex) {
            if (FailureKind.of(ex) == FailureKind.REFUSED) {
                throw ex;
            }
            if (degraded.compareAndSet(false, true)) {
                LOG.warn(
                        "Redis is unavailable: rate limits that fail open allow everything, others deny everything",
                        ex);
            }
            return RateLimitResult.degraded(rule);
        }
    }

    private final class HeldPermit implements RateLimitPermit {

        private final RateLimitRequest request;
        private final String permit;
        private final RateLimitResult result;
        private final AtomicBoolean returned = new AtomicBoolean();

        HeldPermit(RateLimitRequest request, String permit, RateLimitResult result) {
            this.request = request;
            this.permit = permit;
            this.result = result;
        }

        @Override
        public RateLimitResult result() {
            return result;
        }

        @Override
        public boolean renew() {
            return !returned.get() && protocol.renew(request.limit(), request.key(), permit, request.cost());
        }

        @Override
        public void close() {
            if (returned.compareAndSet(false, true)) {
                release(request, permit);
            }
        }
    }
}
