package io.redisstate.structure.feed;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An activity in a feed.
 *
 * @param id what identifies it, the same in all feeds it was put into
 * @param time when it came into this feed, by the server's clock, different for each
 * @param content what happened
 * @since 0.1
 */
public record Activity<T extends @Nullable Object>(String id, Instant time, T content) {}
