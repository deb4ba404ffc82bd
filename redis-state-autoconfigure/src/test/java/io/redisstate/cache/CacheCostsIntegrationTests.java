package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import org.junit.jupiter.api.Test;

/** How many commands Redis runs for each operation; a server of its own, so that none is another's. */
@RedisTest
class CacheCostsIntegrationTests {

    @Test
    void operationsCostWhatTheDocumentationSays() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = RedisStateCacheManager.builder(server.jedis())
                        .keyPrefix("costs")
                        .build()) {
            RedisStateCache cache = caches.getCache("a").typed(String.class);
            cache.get("warm", () -> "warm");
            cache.put("warm", "warm");
            cache.evict("warm");
            cache.clear();
            cache.put("key", "value");

            CommandCount misses = server.count(() -> {
                for (int i = 0; i < 100; i++) {
                    cache.get("miss" + i, () -> "value");
                }
            });
            assertThat(misses.of("evalsha")).isEqualTo(200);
            CommandCount puts = server.count(() -> {
                for (int i = 0; i < 100; i++) {
                    cache.put("put" + i, "value");
                    cache.evict("put" + i);
                }
            });
            assertThat(puts.of("evalsha")).isBetween(200L, 300L);
            CommandCount clears = server.count(cache::clear);
            assertThat(clears.of("evalsha")).isOne();
        }
    }
}
