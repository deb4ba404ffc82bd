package io.redisstate.stream;

import java.time.Instant;
import java.util.Map;

/**
 * A message of a stream.
 *
 * @param stream the stream's name
 * @param id its id, {@code <ms>-<sequence>}
 * @param payload what it carries
 * @param headers what was said about it, by name
 * @param deliveryCount how often the group has been given it, this time included; 0 where there is no group
 * @param <T> the payload's type
 * @since 0.1
 */
public record StreamMessage<T>(String stream, String id, T payload, Map<String, String> headers, long deliveryCount) {

    /** When it was added, by the server's clock. */
    public Instant timestamp() {
        return Instant.ofEpochMilli(Long.parseLong(id.substring(0, id.indexOf('-'))));
    }
}
