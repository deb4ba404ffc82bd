package io.redisstate.job;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A method of a bean that runs at each tick of a schedule, once over all processes; as a job, so it is tried again after
 * failures and taken over when its process dies. It takes nothing or a {@link JobContext}.
 *
 * <p>The schedule is kept in Redis: it goes on after the annotation is gone from the code, until
 * {@link JobQueue#unschedule(String)}. Placeholders are resolved.
 *
 * @since 0.1
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface RecurringJob {

    /** Its name, which is the type of its jobs too. */
    String value();

    /** The queue; by default the one with its name. */
    String queue() default "";

    /** A cron expression of six fields, as {@code @Scheduled} takes it; this or {@link #every()}. */
    String cron() default "";

    /** A period, such as {@code 15m}: each multiple of it since 1970, in UTC. */
    String every() default "";

    /** The time zone of the cron expression; by default UTC, so that all processes agree. */
    String zone() default "UTC";

    /** What becomes of ticks that no process was there for. */
    MisfirePolicy misfire() default MisfirePolicy.RUN_ONCE;

    /** After how long an attempt is interrupted; by default {@code redis-state.job.timeout}. */
    String timeout() default "";

    /** How often and when a failed run is tried again. */
    JobRetry retry() default @JobRetry;
}
