package io.redisstate.structure.feed;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A page of a feed.
 *
 * @param activities the newest first
 * @param next where the next page begins; empty if this one was not full
 * @since 0.1
 */
public record FeedPage<T extends @Nullable Object>(List<Activity<T>> activities, Optional<String> next) {}
