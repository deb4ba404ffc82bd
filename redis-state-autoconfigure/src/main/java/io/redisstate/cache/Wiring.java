package io.redisstate.cache;

import io.redisstate.cache.entry.CacheSerializer;
import io.redisstate.cache.near.Coherence;
import io.redisstate.cache.near.Versions;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.FeatureThreads;
import io.redisstate.core.WakeUps;
import java.time.Clock;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** What all caches of a manager share. */
record Wiring(
        RedisConnectionFactory connections,
        BooleanSupplier cluster,
        String keyPrefix,
        CallExecutor calls,
        CallExecutor repeatingCalls,
        WakeUps wakeUps,
        FeatureThreads threads,
        Versions versions,
        Coherence coherence,
        Unwritten unwritten,
        ClaimRenewal renewal,
        CacheSerializer serializer,
        Clock clock,
        List<CacheListener> listeners) {}
