package io.redisstate.structure.document;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import java.lang.reflect.Type;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Documents of one type by id, spread over a cluster by that. Thread-safe.
 *
 * @param <T> what a document says: a record or bean that Jackson writes as a JSON object
 * @since 0.1
 */
public final class RedisDocuments<T> {

    private final CallExecutor calls;
    private final KeySpace keys;
    private final DocumentFields fields;
    private final long timeToLiveMillis;

    /**
     * Documents.
     *
     * @param keys what their keys are built from, which makes the kind
     * @param type what a reader gets
     * @param timeToLive how long a document stays after its last change, from 1 ms; null for ever
     */
    public RedisDocuments(
            CallExecutor calls, KeySpace keys, JsonCodec codec, Type type, @Nullable Duration timeToLive) {
        if (timeToLive != null && timeToLive.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "The time to live of documents is " + timeToLive + "; allowed is 1 ms or more");
        }
        this.calls = calls;
        this.keys = keys;
        this.fields = new DocumentFields(codec, type);
        this.timeToLiveMillis = timeToLive == null ? 0 : timeToLive.toMillis();
    }

    /** The document with an id, there or not. */
    public RedisDocument<T> document(String id) {
        return new RedisDocument<>(calls, keys.key(id), fields, timeToLiveMillis);
    }
}
