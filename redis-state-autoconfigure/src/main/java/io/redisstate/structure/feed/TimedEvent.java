package io.redisstate.structure.feed;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event and when it was, to the microsecond.
 *
 * @since 0.1
 */
public record TimedEvent<T extends @Nullable Object>(Instant time, T event) {}
