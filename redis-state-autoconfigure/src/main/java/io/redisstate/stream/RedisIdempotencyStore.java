package io.redisstate.stream;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Remembers in Redis which messages have been handled, each for a time. One round trip to ask and one to note, for a batch.
 *
 * @since 0.1
 */
public final class RedisIdempotencyStore implements IdempotencyStore {

    private static final Script<long[]> DONE = Script.load(RedisIdempotencyStore.class, "done", Reply.LONGS);
    private static final Script<Long> MARK = Script.load(RedisIdempotencyStore.class, "mark-done", Reply.LONG);

    private final CallExecutor calls;
    private final StreamKeys keys;
    private final Duration retention;

    /**
     * A store.
     *
     * @param keyPrefix what all keys of the application start with
     * @param retention how long a message is remembered, from 1 ms
     */
    public RedisIdempotencyStore(CallExecutor calls, String keyPrefix, Duration retention) {
        if (retention.toMillis() < 1) {
            throw new IllegalArgumentException("The retention is " + retention + "; it must be at least 1 ms");
        }
        this.calls = calls;
        this.keys = new StreamKeys(keyPrefix);
        this.retention = retention;
    }

    @Override
    public Set<String> handledOf(String stream, String group, Collection<String> messageKeys) {
        Set<String> handled = new HashSet<>();
        if (!messageKeys.isEmpty()) {
            List<String> asked = List.copyOf(messageKeys);
            long[] done = calls.execute(DONE.call(names(stream, group, asked)).asRepeatable());
            for (int i = 0; i < done.length; i++) {
                if (done[i] == 1) {
                    handled.add(asked.get(i));
                }
            }
        }
        return handled;
    }

    @Override
    public void markHandled(String stream, String group, Collection<String> messageKeys) {
        if (!messageKeys.isEmpty()) {
            long unused = calls.execute(MARK.call(names(stream, group, messageKeys), retention.toMillis())
                    .asRepeatable());
        }
    }

    private List<String> names(String stream, String group, Collection<String> messageKeys) {
        return messageKeys.stream().map(key -> keys.done(stream, group, key)).toList();
    }
}
