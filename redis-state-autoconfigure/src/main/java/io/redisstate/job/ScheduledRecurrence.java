package io.redisstate.job;

import java.time.Instant;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * A recurring job as it is defined in Redis.
 *
 * @param name its name
 * @param cron its cron expression, or null
 * @param everyMillis its period in ms, or 0
 * @param zone the cron expression's time zone
 * @param misfire what becomes of missed ticks
 * @param next the next tick
 * @since 0.1
 */
public record ScheduledRecurrence(
        String name, @Nullable String cron, long everyMillis, ZoneId zone, MisfirePolicy misfire, Instant next) {}
