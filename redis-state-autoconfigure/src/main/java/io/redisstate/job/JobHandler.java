package io.redisstate.job;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A method of a bean that handles the jobs of a type. It takes the payload, which is read as its parameter's type, and a
 * {@link JobContext}, both optional and in any order; what it returns is the result. It may be called by several threads at
 * a time, and again for a job it has handled before. Private and static methods, or other parameters, fail the start.
 *
 * <p>Handlers of the same queue share a worker, so they must not contradict each other in what concerns the queue. What
 * {@code redis-state.job.queues.<queue>} says counts more than the annotation. Placeholders are resolved.
 *
 * @since 0.1
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface JobHandler {

    /** The type of the jobs. */
    String value();

    /** The queue; by default the one with the name of the type. */
    String queue() default "";

    /** How many jobs of the queue run at the same time in each process; by default {@code redis-state.job.concurrency}. */
    String concurrency() default "";

    /** After how long an attempt is interrupted; {@code 0} for never; by default {@code redis-state.job.timeout}. */
    String timeout() default "";

    /** How many jobs of the queue begin in a time in all processes together, such as {@code 100/1m}; by default any. */
    String rateLimit() default "";

    /** How long results can be looked at; by default {@code redis-state.job.keep-results}. */
    String keepResult() default "";

    /** How often and when failed jobs are tried again. */
    JobRetry retry() default @JobRetry;
}
