package io.redisstate.structure.feed;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much a feed keeps.
 *
 * @param maxSize how many activities, the newest ones, 1 to 100,000
 * @param maxAge how old they get; null for ever
 * @param timeToLive how long a feed stays to which nothing is added; null for ever
 * @since 0.1
 */
public record FeedOptions(int maxSize, @Nullable Duration maxAge, @Nullable Duration timeToLive) {

    public FeedOptions {
        if (maxSize < 1 || maxSize > 100_000) {
            throw new IllegalArgumentException("The max size of a feed is " + maxSize + "; allowed is 1 to 100000");
        }
        requirePositive("max age", maxAge);
        requirePositive("time to live", timeToLive);
    }

    /** A thousand activities of any age, and 90 days without new ones. */
    public static FeedOptions defaults() {
        return new FeedOptions(1_000, null, Duration.ofDays(90));
    }

    /** These options with another size. */
    public FeedOptions withMaxSize(int activities) {
        return new FeedOptions(activities, maxAge, timeToLive);
    }

    /** These options with another age; null for any. */
    public FeedOptions withMaxAge(@Nullable Duration age) {
        return new FeedOptions(maxSize, age, timeToLive);
    }

    /** These options with another time to live; null for ever. */
    public FeedOptions withTimeToLive(@Nullable Duration afterLastActivity) {
        return new FeedOptions(maxSize, maxAge, afterLastActivity);
    }

    long maxAgeMicros() {
        return maxAge == null ? 0 : maxAge.toNanos() / 1_000;
    }

    long timeToLiveMillis() {
        return timeToLive == null ? 0 : timeToLive.toMillis();
    }

    private static void requirePositive(String what, @Nullable Duration given) {
        if (given != null && given.toMillis() < 1) {
            throw new IllegalArgumentException("The " + what + " of a feed is " + given + "; allowed is 1 ms or more");
        }
    }
}
