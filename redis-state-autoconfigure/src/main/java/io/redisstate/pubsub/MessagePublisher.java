package io.redisstate.pubsub;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Publishes messages to channels. A {@code String} goes out as its UTF-8 text and a {@code byte[]} as it is, everything
 * else as JSON.
 *
 * <p>A message reaches those who listen at this moment, once or not at all. It is sent again only if Redis has certainly
 * not run the command; where that is unknown, the exception says that it may have been published. On a cluster, messages
 * of one thread to one channel arrive in their order, as they all go through the node of the channel's slot. Thread-safe.
 *
 * @since 0.1
 */
public final class MessagePublisher {

    private static final Script<Long> PUBLISH = Script.command("PUBLISH", Reply.LONG);
    private static final Script<Long> SHARDED_PUBLISH = Script.command("SPUBLISH", Reply.LONG);
    private static final int CHUNK = 1_000;

    private final CallExecutor calls;
    private final JsonCodec codec;

    /** A publisher. */
    public MessagePublisher(CallExecutor calls, JsonCodec codec) {
        this.calls = calls;
        this.codec = codec;
    }

    /**
     * Publishes a message; one round trip, PUBLISH.
     *
     * @return how many subscriptions it was given to, of channels and of patterns; on a cluster only those on one node
     * @throws IllegalArgumentException if Jackson can't write the payload
     * @throws org.springframework.dao.DataAccessException if Redis can't be reached or refuses
     */
    public long publish(String channel, Object payload) {
        return calls.execute(call(PUBLISH, channel, payload));
    }

    /**
     * Publishes a message to a sharded channel, which only the node of its slot and that one's replicas see; one round
     * trip, SPUBLISH, Redis 7.
     *
     * @return how many subscriptions it was given to
     * @throws IllegalArgumentException if Jackson can't write the payload
     * @throws org.springframework.dao.DataAccessException if Redis can't be reached or refuses
     */
    public long publishSharded(String channel, Object payload) {
        return calls.execute(call(SHARDED_PUBLISH, channel, payload));
    }

    /**
     * Publishes messages in their order; one round trip for each 1,000.
     *
     * @return for each message how many subscriptions it was given to
     * @throws IllegalArgumentException if Jackson can't write a payload; then nothing has been published
     * @throws org.springframework.dao.DataAccessException the first failure; others may have been published
     */
    public List<Long> publishAll(String channel, Collection<?> payloads) {
        return publishAll(PUBLISH, channel, payloads);
    }

    /** As {@link #publishAll}, to a sharded channel. */
    public List<Long> publishAllSharded(String channel, Collection<?> payloads) {
        return publishAll(SHARDED_PUBLISH, channel, payloads);
    }

    private List<Long> publishAll(Script<Long> command, String channel, Collection<?> payloads) {
        List<ScriptCall<Long>> all = new ArrayList<>(payloads.size());
        payloads.forEach(payload -> all.add(call(command, channel, payload)));
        List<Long> counts = new ArrayList<>(all.size());
        for (int from = 0; from < all.size(); from += CHUNK) {
            calls.executeAll(all.subList(from, Math.min(all.size(), from + CHUNK)))
                    .forEach(outcome -> counts.add(outcome.get()));
        }
        return counts;
    }

    private ScriptCall<Long> call(Script<Long> command, String channel, Object payload) {
        return command.call(List.of(channel), (Object) encode(payload));
    }

    private byte[] encode(Object payload) {
        if (payload instanceof byte[] bytes) {
            return bytes;
        }
        return payload instanceof String text ? KeySpace.bytes(text) : codec.encode(payload);
    }
}
