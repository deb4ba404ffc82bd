package io.redisstate.ratelimit.http;

import io.redisstate.core.JsonCodec;
import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitRequest;
import io.redisstate.ratelimit.RateLimitResult;
import io.redisstate.ratelimit.RateLimiters;
import io.redisstate.ratelimit.http.LimitCheck.Demand;
import io.redisstate.ratelimit.http.RateLimitOutcome.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.springframework.dao.DataAccessException;

/**
 * The URL rules of an application, and what its clients are told about them; shared by {@link RateLimitFilter} and
 * {@link RateLimitWebFilter}.
 *
 * <p>A request costs one round trip for each subject it is counted for, however many rules match it: rules with the same
 * subject are checked together, all or none. Rules with different subjects are checked one subject after the other, in
 * the order of the rules; what an earlier one took is not given back when a later one denies.
 *
 * <p>Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class HttpRateLimits {

    private final List<CompiledRule> rules;
    private final ClientAddress addresses;
    private final int ipv6Prefix;
    private final boolean fields;
    private final RateLimitReplies replies;
    private final LimitCheck limits;

    private HttpRateLimits(Builder builder, List<CompiledRule> rules, List<AddressRange> proxies) {
        this.rules = rules;
        this.addresses = new ClientAddress(proxies, builder.forwardedHeader);
        this.ipv6Prefix = builder.ipv6Prefix;
        this.fields = builder.fields;
        this.replies = new RateLimitReplies(builder.json, builder.unavailableRetryAfter);
        this.limits = builder.limits;
    }

    /** Starts from the limiters that the rules name and the codec for problem bodies. */
    public static Builder builder(RateLimiters limiters, JsonCodec json) {
        LimitCheck check = (subject, demands) -> limiters.tryAcquireEach(demands.stream()
                .map(demand -> request(limiters.limiter(demand.limit()).limit(), subject, demand.cost()))
                .toList());
        return builder(check, limiters.limits(), json);
    }

    static Builder builder(LimitCheck limits, Map<String, RateLimit> knownLimits, JsonCodec json) {
        return new Builder(limits, knownLimits, json);
    }

    /** Whether matching needs {@link RequestFacts#principal()}. */
    boolean usesPrincipal() {
        return rules.stream().anyMatch(CompiledRule::usesPrincipal);
    }

    /** Whether allowed answers carry the {@code RateLimit} fields too. */
    boolean tellsAllowed() {
        return fields;
    }

    RateLimitReplies replies() {
        return replies;
    }

    /** Whom the request counts for, and how much; empty if no rule matches. Asks nobody. */
    Map<String, List<Demand>> match(RequestFacts request) {
        Map<String, List<Demand>> demands = new LinkedHashMap<>();
        String address = null;
        for (CompiledRule rule : rules) {
            if (rule.matches(request)) {
                if (address == null) {
                    address = address(request);
                }
                rule.subject(request, address)
                        .ifPresent(subject -> add(
                                demands.computeIfAbsent(subject, unused -> new ArrayList<>()),
                                rule.rule().limit(),
                                rule.rule().cost()));
            }
        }
        return demands;
    }

    /** Takes the permits; blocks for one round trip for each subject. */
    RateLimitOutcome check(Map<String, List<Demand>> demands) {
        List<RateLimitResult> results = new ArrayList<>();
        for (Map.Entry<String, List<Demand>> demand : demands.entrySet()) {
            List<RateLimitResult> found;
            try {
                found = limits.tryAcquire(demand.getKey(), demand.getValue());
            } catch (DataAccessException ex) {
                List<String> unchecked =
                        demand.getValue().stream().map(Demand::limit).toList();
                return new RateLimitOutcome(Kind.UNAVAILABLE, results, unchecked);
            }
            if (found.stream().anyMatch(result -> !result.allowed() && result.degraded())) {
                List<String> unchecked =
                        found.stream().map(result -> result.rule().name()).toList();
                return new RateLimitOutcome(Kind.UNAVAILABLE, results, unchecked);
            }
            results.addAll(found);
            if (found.stream().anyMatch(result -> !result.allowed())) {
                return new RateLimitOutcome(Kind.EXCEEDED, results, List.of());
            }
        }
        return new RateLimitOutcome(Kind.ALLOWED, results, List.of());
    }

    private String address(RequestFacts request) {
        return "address="
                + addresses
                        .of(request)
                        .map(client -> IpAddresses.subject(client, ipv6Prefix))
                        .orElse("unknown");
    }

    /** A limit that was made smaller than a rule's cost while running is used up by one request. */
    private static RateLimitRequest request(RateLimit limit, String subject, long cost) {
        return new RateLimitRequest(limit, subject, Math.min(cost, limit.most()));
    }

    /** Two rules for one limit and one subject are one demand: the request counts once, at the higher cost. */
    private static void add(List<Demand> demands, String limit, long cost) {
        for (int i = 0; i < demands.size(); i++) {
            if (demands.get(i).limit().equals(limit)) {
                demands.set(i, new Demand(limit, Math.max(cost, demands.get(i).cost())));
                return;
            }
        }
        demands.add(new Demand(limit, cost));
    }

    /** Settings of the rules; not thread-safe. */
    public static final class Builder {

        private final LimitCheck limits;
        private final Map<String, RateLimit> knownLimits;
        private final JsonCodec json;
        private List<HttpRateLimitRule> rules = List.of();
        private List<String> trustedProxies = List.of();
        private ForwardedHeader forwardedHeader = ForwardedHeader.X_FORWARDED_FOR;
        private int ipv6Prefix = 64;
        private boolean fields = true;
        private Duration unavailableRetryAfter = Duration.ofSeconds(5);

        private Builder(LimitCheck limits, Map<String, RateLimit> knownLimits, JsonCodec json) {
            this.limits = limits;
            this.knownLimits = Map.copyOf(knownLimits);
            this.json = json;
        }

        /** The rules, in the order they are checked; none by default. */
        public Builder rules(List<HttpRateLimitRule> rules) {
            this.rules = List.copyOf(rules);
            return this;
        }

        /**
         * The proxies whose {@linkplain #forwardedHeader forwarding header} is believed, as CIDR ranges or addresses.
         * None by default: the other end of the connection is the client.
         */
        public Builder trustedProxies(List<String> ranges) {
            this.trustedProxies = List.copyOf(ranges);
            return this;
        }

        /** Where trusted proxies say for whom they ask; {@code X-Forwarded-For} by default. */
        public Builder forwardedHeader(ForwardedHeader header) {
            this.forwardedHeader = header;
            return this;
        }

        /**
         * How many leading bits of an IPv6 address make one client, 1 to 128; 64 by default, the size of the network that
         * a single customer is given at least.
         */
        public Builder ipv6Prefix(int bits) {
            this.ipv6Prefix = bits;
            return this;
        }

        /** Whether allowed answers carry the {@code RateLimit} fields too; true by default. */
        public Builder fieldsOnAllowed(boolean fields) {
            this.fields = fields;
            return this;
        }

        /** What {@code Retry-After} says when Redis can't be asked and a limit is then closed; 5 s by default. */
        public Builder unavailableRetryAfter(Duration wait) {
            this.unavailableRetryAfter = wait;
            return this;
        }

        /**
         * Checks the settings.
         *
         * @throws InvalidRuleException if one can't be used, naming it
         */
        public HttpRateLimits build() {
            List<CompiledRule> compiled = new ArrayList<>();
            for (int i = 0; i < rules.size(); i++) {
                compiled.add(
                        CompiledRule.of(i, rules.get(i), limit(i, rules.get(i).limit())));
            }
            if (ipv6Prefix < 1 || ipv6Prefix > 128) {
                throw new InvalidRuleException("ipv6-prefix", String.valueOf(ipv6Prefix), "1 to 128");
            }
            if (unavailableRetryAfter.isNegative() || unavailableRetryAfter.isZero()) {
                throw new InvalidRuleException(
                        "unavailable-retry-after", unavailableRetryAfter.toString(), "a duration above 0");
            }
            return new HttpRateLimits(this, List.copyOf(compiled), proxies());
        }

        private RateLimit limit(int index, String name) {
            RateLimit limit = knownLimits.get(name);
            if (limit == null) {
                String known = knownLimits.isEmpty()
                        ? "a name below redis-state.rate-limit.limits, of which there are none"
                        : "one of " + new TreeSet<>(knownLimits.keySet());
                throw new InvalidRuleException(index, "limit", name, known);
            }
            return limit;
        }

        private List<AddressRange> proxies() {
            List<AddressRange> ranges = new ArrayList<>();
            for (int i = 0; i < trustedProxies.size(); i++) {
                try {
                    ranges.add(AddressRange.parse(trustedProxies.get(i)));
                } catch (IllegalArgumentException ex) {
                    throw new InvalidRuleException(
                            "trusted-proxies[" + i + "]",
                            trustedProxies.get(i),
                            "an address or a CIDR range, such as 10.0.0.0/8 or 2001:db8::/32");
                }
            }
            return ranges;
        }
    }
}
