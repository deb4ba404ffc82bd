package io.redisstate.stream.container;

import io.redisstate.stream.StreamCodec;
import io.redisstate.stream.StreamEntry;
import io.redisstate.stream.StreamMessage;
import java.lang.reflect.Type;

/** Entries as messages of the type that the handler takes. */
record Messages(String stream, StreamCodec codec, Type payloadType) {

    /** @throws UnreadableMessageException if it is not one of that type */
    StreamMessage<?> read(StreamEntry entry, long count) {
        try {
            return new StreamMessage<>(
                    stream, entry.id(), codec.payload(entry, payloadType), codec.headers(entry), count);
        } catch (IllegalArgumentException ex) {
            throw new UnreadableMessageException(
                    "Message " + entry.id() + " of stream '" + stream + "' is no " + payloadType.getTypeName(), ex);
        }
    }
}
