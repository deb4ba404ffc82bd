package io.redisstate.autoconfigure.session;

import io.redisstate.session.OnUnavailable;
import io.redisstate.session.SessionLimit;
import io.redisstate.session.SessionSerialization;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.session.FlushMode;
import org.springframework.session.SaveMode;

/**
 * Sessions, beyond what {@code spring.session.*} and {@code server.servlet.session.*} say about timeout and cookie.
 *
 * @param enabled whether sessions are kept in Redis
 * @param maxLifetime how long a session lives at most, however much it is used; unbounded if not set
 * @param touchInterval how far the noted last access may lie behind, from 1 ms; never more than a tenth of the timeout
 * @param saveMode which attributes may have changed; that of spring.session.data.redis.save-mode by default, else
 *     on-set-attribute
 * @param flushMode when changes are written; that of spring.session.data.redis.flush-mode by default, else on-save
 * @param onUnavailable what becomes of a request while Redis can't be reached
 * @param serialization how attribute values are written
 * @param readOtherFormat whether values in the other format are read too, while a deployment that changes it rolls
 * @param allowedTypes types that may be read, such as com.shop.Cart, com.shop.* or com.shop.**; the application's packages by
 *     default
 * @param importFrom namespace of Spring Session's own sessions to take over, such as spring:session; none if not set
 * @param sweepInterval time between two looks for sessions that have ended, from 100 ms to a minute
 * @param limit how many sessions a user may have
 * @param activity what users did
 * @since 0.1
 */
@ConfigurationProperties(StateSessionProperties.PREFIX)
public record StateSessionProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable Duration maxLifetime,
        @DefaultValue("1m") Duration touchInterval,
        @Nullable SaveMode saveMode,
        @Nullable FlushMode flushMode,
        @DefaultValue("fail") OnUnavailable onUnavailable,
        @DefaultValue("json") SessionSerialization serialization,
        @DefaultValue("false") boolean readOtherFormat,
        @Nullable List<String> allowedTypes,
        @Nullable String importFrom,
        @DefaultValue("5s") Duration sweepInterval,
        @DefaultValue Limit limit,
        @DefaultValue Activity activity) {

    static final String PREFIX = "redis-state.session";

    /** @throws InvalidConfigurationPropertyValueException naming the property that can't be used */
    public StateSessionProperties {
        require(
                maxLifetime == null || maxLifetime.toMillis() >= 1,
                "max-lifetime",
                maxLifetime,
                "It must be a duration from 1 ms, such as 12h.");
        require(touchInterval.toMillis() >= 1, "touch-interval", touchInterval, "It must be a duration from 1 ms.");
        require(
                sweepInterval.toMillis() >= 100 && sweepInterval.compareTo(Duration.ofMinutes(1)) <= 0,
                "sweep-interval",
                sweepInterval,
                "It must be a duration from 100 ms to 1 m.");
        require(
                importFrom == null || !importFrom.isBlank(),
                "import-from",
                importFrom,
                "It must be the namespace of Spring Session, such as spring:session.");
    }

    /**
     * How many sessions a user may have.
     *
     * @param maxPerUser how many at the same time; 0 for any number
     * @param whenReached what becomes of a login beyond that
     */
    public record Limit(
            @DefaultValue("0") int maxPerUser, @DefaultValue("end-oldest") SessionLimit.WhenReached whenReached) {

        public Limit {
            require(maxPerUser >= 0, "limit.max-per-user", maxPerUser, "It must be a number of sessions from 0.");
        }

        Optional<SessionLimit> toLimit() {
            return maxPerUser == 0 ? Optional.empty() : Optional.of(new SessionLimit(maxPerUser, whenReached));
        }
    }

    /**
     * What users did: logins, logouts, and ends of their sessions.
     *
     * @param maxEntries how many entries are kept of each user, the latest; 0 records nothing
     * @param ttl how long they are kept after the last
     */
    public record Activity(@DefaultValue("0") int maxEntries, @DefaultValue("30d") Duration ttl) {

        public Activity {
            require(maxEntries >= 0, "activity.max-entries", maxEntries, "It must be a number of entries from 0.");
            require(ttl.toMillis() >= 1, "activity.ttl", ttl, "It must be a duration from 1 ms, such as 30d.");
        }
    }

    private static void require(boolean allowed, String name, @Nullable Object given, String reason) {
        if (!allowed) {
            throw new InvalidConfigurationPropertyValueException(PREFIX + '.' + name, given, reason);
        }
    }
}
