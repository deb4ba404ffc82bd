package io.redisstate.job;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.support.CronExpression;

/**
 * A recurring job: at each tick, the request is enqueued once, however many processes there are.
 *
 * <p>Ticks are reckoned by the Redis server's clock: those of a cron expression in its time zone, or each multiple of a
 * duration since 1970. Immutable.
 *
 * @since 0.1
 */
public final class Recurrence {

    private static final Duration GRACE = Duration.ofSeconds(30);

    private final String name;
    private final @Nullable CronExpression cron;
    private final @Nullable Duration every;
    private final ZoneId zone;
    private final MisfirePolicy misfire;
    private final JobRequest request;

    private Recurrence(
            String name,
            @Nullable CronExpression cron,
            @Nullable Duration every,
            ZoneId zone,
            MisfirePolicy misfire,
            JobRequest request) {
        JobRequest.requireText("recurrence", name);
        this.name = name;
        this.cron = cron;
        this.every = every;
        this.zone = zone;
        this.misfire = misfire;
        this.request = request;
    }

    /**
     * By a cron expression as Spring's {@code @Scheduled} takes it, of six fields: {@code 0 0 3 * * *} is each night at 3.
     * A time that the zone's clock leaves out when summer time begins does not come that day; one that it repeats when summer
     * time ends comes twice.
     *
     * @param name identifies it within its queue; defining it again changes it
     * @throws IllegalArgumentException if it is not one, or has no tick ever
     */
    public static Recurrence cron(String name, String expression, ZoneId zone, JobRequest request) {
        CronExpression cron = CronExpression.parse(expression);
        if (cron.next(ZonedDateTime.now(zone)) == null) {
            throw new IllegalArgumentException("The cron expression '" + expression + "' has no next time");
        }
        return new Recurrence(name, cron, null, zone, MisfirePolicy.RUN_ONCE, request);
    }

    /**
     * At each multiple of a duration since 1970, in UTC.
     *
     * @param name identifies it within its queue; defining it again changes it
     * @param every from 100 ms to 366 days
     */
    public static Recurrence every(String name, Duration every, JobRequest request) {
        if (every.toMillis() < 100 || every.compareTo(Duration.ofDays(366)) > 0) {
            throw new IllegalArgumentException(
                    "The job '" + name + "' recurs every " + every + "; allowed are 100 ms to 366 days");
        }
        return new Recurrence(name, null, every, ZoneId.of("UTC"), MisfirePolicy.RUN_ONCE, request);
    }

    /** What becomes of ticks that no worker was there for; default {@link MisfirePolicy#RUN_ONCE}. */
    public Recurrence withMisfire(MisfirePolicy policy) {
        return new Recurrence(name, cron, every, zone, policy, request);
    }

    /** Its name. */
    public String name() {
        return name;
    }

    JobRequest request() {
        return request;
    }

    @Nullable
    String cronText() {
        return cron == null ? null : cron.toString();
    }

    long everyMillis() {
        return every == null ? 0 : every.toMillis();
    }

    ZoneId zone() {
        return zone;
    }

    MisfirePolicy misfire() {
        return misfire;
    }

    /** The first tick after a moment, both in ms. */
    long nextAfter(long millis) {
        if (every != null) {
            long step = every.toMillis();
            return (millis / step + 1) * step;
        }
        CronExpression expression = Objects.requireNonNull(cron);
        ZonedDateTime next = expression.next(Instant.ofEpochMilli(millis).atZone(zone));
        // One that has no next time any more has its last tick in a far future.
        return next == null
                ? millis + Duration.ofDays(36_500).toMillis()
                : next.toInstant().toEpochMilli();
    }

    /** Whether a tick is run, so late. */
    boolean runs(long tick, long now) {
        return misfire != MisfirePolicy.SKIP || now - tick <= GRACE.toMillis();
    }

    /** The tick that follows one, which may be one that has been missed too. */
    long following(long tick, long now) {
        boolean late = now - tick > GRACE.toMillis();
        return nextAfter(late && misfire != MisfirePolicy.RUN_ALL ? now : tick);
    }

    @Override
    public String toString() {
        return "Recurrence[" + name + ", " + (cron == null ? "every " + every : "'" + cron + "' in " + zone) + ']';
    }
}
