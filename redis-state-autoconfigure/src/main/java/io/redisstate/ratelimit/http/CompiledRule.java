package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import io.redisstate.ratelimit.http.HttpRateLimitRule.MissingKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import org.springframework.web.util.pattern.PatternParseException;

/** A rule whose parts have been read. */
record CompiledRule(HttpRateLimitRule rule, PathPattern path, List<SubjectPart> key) {

    /** @throws InvalidRuleException naming the attribute that is wrong */
    static CompiledRule of(int index, HttpRateLimitRule rule, RateLimit limit) {
        if (rule.key().isEmpty()) {
            throw new InvalidRuleException(index, "key", "", "at least one of " + SubjectPart.ALLOWED);
        }
        if (limit.algorithm() == RateLimitAlgorithm.CONCURRENCY) {
            throw new InvalidRuleException(
                    index,
                    "limit",
                    limit.name(),
                    "a limit of another algorithm: a request holds no permits of CONCURRENCY");
        }
        if (rule.cost() < 1 || rule.cost() > limit.most()) {
            throw new InvalidRuleException(
                    index, "cost", String.valueOf(rule.cost()), "1 to " + limit.most() + ", what the limit has");
        }
        return new CompiledRule(rule, path(index, rule.path()), key(index, rule.key()));
    }

    boolean matches(RequestFacts request) {
        return (rule.methods().isEmpty() || rule.methods().contains(request.method())) && path.matches(request.path());
    }

    boolean usesPrincipal() {
        return key.stream().anyMatch(part -> part.kind() == SubjectPart.Kind.PRINCIPAL);
    }

    /** Whom the request is counted for; empty if the rule does not apply to it. */
    Optional<String> subject(RequestFacts request, String address) {
        List<String> values = new ArrayList<>(key.size());
        for (SubjectPart part : key) {
            Optional<String> value = part.of(request, address);
            if (value.isEmpty() && rule.missingKey() == MissingKey.SKIP) {
                return Optional.empty();
            }
            String missing = rule.missingKey() == MissingKey.REMOTE_ADDRESS ? address : "none";
            values.add(value.orElse(missing));
        }
        return Optional.of(String.join("|", values));
    }

    private static PathPattern path(int index, String path) {
        if (!path.startsWith("/")) {
            throw new InvalidRuleException(index, "path", path, "a path pattern that starts with a slash");
        }
        try {
            return PathPatternParser.defaultInstance.parse(path);
        } catch (PatternParseException ex) {
            throw new InvalidRuleException(index, "path", path, "a path pattern such as /api/**: " + ex.getMessage());
        }
    }

    private static List<SubjectPart> key(int index, List<String> key) {
        List<SubjectPart> parts = new ArrayList<>(key.size());
        for (String part : key) {
            try {
                parts.add(SubjectPart.parse(part));
            } catch (IllegalArgumentException ex) {
                throw new InvalidRuleException(index, "key", part, SubjectPart.ALLOWED);
            }
        }
        return List.copyOf(parts);
    }
}
