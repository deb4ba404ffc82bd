package io.redisstate.structure;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import io.redisstate.core.ServerClock;
import io.redisstate.structure.counter.Counters;
import io.redisstate.structure.feed.ActivityFeed;
import io.redisstate.structure.feed.FeedOptions;
import io.redisstate.structure.feed.TimeSeriesSet;
import io.redisstate.structure.feed.UserActivity;
import io.redisstate.structure.leaderboard.Leaderboard;
import io.redisstate.structure.leaderboard.LeaderboardOptions;
import io.redisstate.structure.leaderboard.Period;
import io.redisstate.structure.leaderboard.PeriodicLeaderboard;
import java.time.Duration;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes the structures of an application: each is a small object that keeps its state in Redis under its name, so any number of
 * objects of one name, in any process, are the same structure.
 *
 * <p>Making one costs nothing and asks Redis nothing. Thread-safe, as all structures are.
 *
 * @since 0.1
 */
public final class RedisStructures {

    private final CallExecutor calls;
    private final String keyPrefix;
    private final JsonCodec codec;
    private final ServerClock clock;

    private RedisStructures(Builder builder) {
        this.calls = builder.calls == null ? ConnectionGuard.of(builder.connections) : builder.calls;
        this.keyPrefix = builder.keyPrefix;
        this.codec = builder.codec == null ? new JsonCodec(new JsonMapper()) : builder.codec;
        this.clock = new ServerClock(calls, keys("clock").key("any"));
    }

    /** A builder of structures on the given connections. */
    public static Builder builder(RedisConnectionFactory connections) {
        return new Builder(connections);
    }

    /** A leaderboard for all time. */
    public Leaderboard leaderboard(String name, LeaderboardOptions options) {
        return new Leaderboard(calls, keys("board"), name, options);
    }

    /**
     * A leaderboard for each period.
     *
     * @param zone where midnight is
     * @param keep how long a board stays after its period
     */
    public PeriodicLeaderboard leaderboard(
            String name, Period period, ZoneId zone, Duration keep, LeaderboardOptions options) {
        return new PeriodicLeaderboard(calls, keys("board"), name, period, zone, keep, options, clock);
    }

    /**
     * A group of counters that stay for ever.
     *
     * @param group a word of it, which keys contain: no braces or white space
     */
    public Counters counters(String group) {
        return counters(group, null);
    }

    /**
     * A group of counters.
     *
     * @param timeToLive how long a counter stays after its last change; null for ever
     */
    public Counters counters(String group, @Nullable Duration timeToLive) {
        return new Counters(calls, keys("counter:" + group), clock, timeToLive);
    }

    /**
     * Feeds of activities.
     *
     * @param kind a word of it, which keys contain: no braces or white space
     * @param type an activity
     */
    public <T> ActivityFeed<T> feed(String kind, Class<T> type, FeedOptions options) {
        return new ActivityFeed<>(calls, keys("feed:" + kind), codec, type, options);
    }

    /**
     * Who was active when.
     *
     * @param remember how long a user is known after the last activity
     * @param maxUsers how many users are known, the latest ones
     */
    public UserActivity userActivity(String name, Duration remember, long maxUsers) {
        return new UserActivity(calls, keys("activity"), name, remember, maxUsers);
    }

    /**
     * Events by time.
     *
     * @param retention how old events get; null for ever
     * @param maxSize how many are kept; 0 all
     */
    public <T> TimeSeriesSet<T> timeSeries(String name, Class<T> type, @Nullable Duration retention, long maxSize) {
        return new TimeSeriesSet<>(calls, keys("series"), name, codec, type, retention, maxSize);
    }

    private KeySpace keys(String feature) {
        return KeySpace.of(keyPrefix, feature);
    }

    /** Builds {@link RedisStructures}. Not thread-safe. */
    public static final class Builder {

        private final RedisConnectionFactory connections;
        private String keyPrefix = "redis-state";
        private @Nullable CallExecutor calls;
        private @Nullable JsonCodec codec;

        private Builder(RedisConnectionFactory connections) {
            this.connections = connections;
        }

        /** What all keys start with; default {@code redis-state}. */
        public Builder keyPrefix(String prefix) {
            this.keyPrefix = prefix;
            return this;
        }

        /** How calls go to Redis; default {@link ConnectionGuard#of}. */
        public Builder calls(CallExecutor executor) {
            this.calls = executor;
            return this;
        }

        /** How objects become JSON; default a plain mapper. */
        public Builder codec(JsonCodec json) {
            this.codec = json;
            return this;
        }

        /** The structures; nothing is sent to Redis before one is used. */
        public RedisStructures build() {
            return new RedisStructures(this);
        }
    }
}
