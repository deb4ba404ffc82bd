package io.redisstate.pubsub;

import org.jspecify.annotations.Nullable;

/**
 * A message as it came from Redis.
 *
 * @param channel where it was published
 * @param pattern which pattern of the listener it matched; null if the listener names the channel itself
 * @param body what was published; not copied, nobody may change it
 * @since 0.1
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ReceivedMessage(String channel, @Nullable String pattern, byte[] body) {}
