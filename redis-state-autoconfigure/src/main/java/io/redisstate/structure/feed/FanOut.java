package io.redisstate.structure.feed;

import java.util.Map;

/**
 * What became of an activity that was put into many feeds.
 *
 * @param id the activity's
 * @param delivered how many feeds have it
 * @param failed whose feeds could not be written, and why; publish with the same id again for them
 * @since 0.1
 */
public record FanOut(String id, int delivered, Map<String, RuntimeException> failed) {}
