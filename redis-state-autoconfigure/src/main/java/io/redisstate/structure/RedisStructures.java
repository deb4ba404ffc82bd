package io.redisstate.structure;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.FeatureThreads;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import io.redisstate.core.ServerClock;
import io.redisstate.core.WakeUps;
import io.redisstate.structure.bloom.BloomFilter;
import io.redisstate.structure.counter.Counters;
import io.redisstate.structure.document.RedisDocuments;
import io.redisstate.structure.feed.ActivityFeed;
import io.redisstate.structure.feed.FeedOptions;
import io.redisstate.structure.feed.TimeSeriesSet;
import io.redisstate.structure.feed.UserActivity;
import io.redisstate.structure.id.IdGenerator;
import io.redisstate.structure.index.GeoIndex;
import io.redisstate.structure.index.TagIndex;
import io.redisstate.structure.leaderboard.Leaderboard;
import io.redisstate.structure.leaderboard.LeaderboardOptions;
import io.redisstate.structure.leaderboard.Period;
import io.redisstate.structure.leaderboard.PeriodicLeaderboard;
import io.redisstate.structure.pipeline.Pipelines;
import io.redisstate.structure.presence.Presence;
import io.redisstate.structure.queue.QueueOptions;
import io.redisstate.structure.queue.TypedDeque;
import io.redisstate.structure.queue.TypedQueue;
import io.redisstate.structure.script.LuaScripts;
import io.redisstate.structure.transaction.NodeConnections;
import io.redisstate.structure.transaction.OptimisticTransaction;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
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
public final class RedisStructures implements AutoCloseable {

    private static final Duration SAFETY_POLL = Duration.ofSeconds(10);
    private static final Duration DRAIN = Duration.ofSeconds(5);

    private final CallExecutor calls;
    private final String keyPrefix;
    private final JsonCodec codec;
    private final ServerClock clock;
    private final WakeUps wakeUps;
    private final FeatureThreads threads;
    private final NodeConnections nodes;
    private final List<Presence> presences = new CopyOnWriteArrayList<>();
    private final @Nullable WakeUps ownWakeUps;

    private RedisStructures(Builder builder) {
        this.calls = builder.calls == null ? ConnectionGuard.of(builder.connections) : builder.calls;
        this.keyPrefix = builder.keyPrefix;
        this.codec = builder.codec == null ? new JsonCodec(new JsonMapper()) : builder.codec;
        this.clock = new ServerClock(calls, keys("clock").key("any"));
        this.ownWakeUps = builder.wakeUps == null ? new WakeUps(builder.connections, keyPrefix, SAFETY_POLL) : null;
        this.wakeUps = builder.wakeUps == null ? Objects.requireNonNull(ownWakeUps) : builder.wakeUps;
        this.nodes = new NodeConnections(builder.connections);
        this.threads = new FeatureThreads("structure", builder.virtualThreads, DRAIN);
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

    /**
     * Who is there. It is best made once: each object that listens or holds members asks Redis by itself.
     *
     * @param timeout how long a member is there after it was heard of
     */
    public Presence presence(String name, Duration timeout) {
        Presence presence = new Presence(calls, keys("presence"), name, timeout, wakeUps, threads);
        presences.add(presence);
        return presence;
    }

    /** Items and their tags. */
    public TagIndex tags(String name) {
        return new TagIndex(calls, keys("tags"), name);
    }

    /** Members and where they are. */
    public GeoIndex geo(String name) {
        return new GeoIndex(calls, keys("geo"), name);
    }

    /**
     * Documents by id.
     *
     * @param kind a word of it, which keys contain: no braces or white space
     * @param type a document
     * @param timeToLive how long one stays after its last change; null for ever
     */
    public <T> RedisDocuments<T> documents(String kind, Class<T> type, @Nullable Duration timeToLive) {
        return new RedisDocuments<>(calls, keys("document:" + kind), codec, type, timeToLive);
    }

    /** A queue, first in, first out; the same structure as a deque of that name. */
    public <T> TypedQueue<T> queue(String name, Class<T> type, QueueOptions options) {
        return new TypedQueue<>(deque(name, type, options));
    }

    /** A queue with two ends. It is best made once: readers that wait take turns within one object. */
    public <T> TypedDeque<T> deque(String name, Class<T> type, QueueOptions options) {
        return new TypedDeque<>(calls, keys("queue"), name, codec, type, options, wakeUps);
    }

    /**
     * Whether elements were seen before, probably.
     *
     * @param expected how many elements will be added
     * @param falsePositives which share of others may be found then, such as 0.01
     * @param timeToLive how long the filter stays after the last element; null for ever
     */
    public BloomFilter bloomFilter(String name, long expected, double falsePositives, @Nullable Duration timeToLive) {
        return new BloomFilter(calls, keys("bloom"), name, expected, falsePositives, timeToLive);
    }

    /** Ids in the order of time, taken in blocks of up to 1,000 that get one second old. */
    public IdGenerator ids(String name) {
        return ids(name, 1_000, Duration.ofSeconds(1));
    }

    /**
     * Ids in the order of time. It is best made once: each object takes blocks of its own.
     *
     * @param maxBlock how many are taken at once at most
     * @param maxAge how old a block gets
     */
    public IdGenerator ids(String name, int maxBlock, Duration maxAge) {
        return new IdGenerator(calls, keys("id"), name, maxBlock, maxAge);
    }

    /** Reading and then writing, if nobody has written in between; its keys are called as they are in Redis. */
    public OptimisticTransaction transaction() {
        return new OptimisticTransaction(nodes);
    }

    /** Many commands in few round trips; their keys are called as they are in Redis. */
    public Pipelines pipelines() {
        return new Pipelines(calls);
    }

    /**
     * Lua scripts as methods; their keys are called as they are in Redis.
     *
     * @param type an interface with methods that have {@link io.redisstate.structure.script.RedisScript}
     */
    public <T> T scripts(Class<T> type) {
        return new LuaScripts(calls, codec).of(type);
    }

    /** Ends what structures do in the background; waits up to 5 s for listeners under way. */
    @Override
    public void close() {
        presences.forEach(Presence::close);
        threads.close();
        nodes.close();
        if (ownWakeUps != null) {
            ownWakeUps.close();
        }
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
        private @Nullable WakeUps wakeUps;
        private boolean virtualThreads;

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

        /** What tells of events; default one of its own. */
        public Builder wakeUps(WakeUps shared) {
            this.wakeUps = shared;
            return this;
        }

        /** Whether listeners run on virtual threads, which needs Java 21; default not. */
        public Builder virtualThreads(boolean virtual) {
            this.virtualThreads = virtual;
            return this;
        }

        /** The structures; nothing is sent to Redis before one is used. */
        public RedisStructures build() {
            return new RedisStructures(this);
        }
    }
}
