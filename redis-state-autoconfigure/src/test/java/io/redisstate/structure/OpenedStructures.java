package io.redisstate.structure;

import io.redisstate.test.RedisServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** Structures that a test opens, under a prefix of its own: closed, and their keys deleted, at its end. */
public final class OpenedStructures implements AfterEachCallback {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final List<RedisStructures> opened = new ArrayList<>();

    public String prefix() {
        return prefix;
    }

    public RedisStructures on(RedisConnectionFactory connections) {
        RedisStructures structures =
                RedisStructures.builder(connections).keyPrefix(prefix).build();
        opened.add(structures);
        return structures;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        opened.forEach(RedisStructures::close);
        redis.keys(prefix).forEach(key -> redis.command("DEL", key));
    }
}
