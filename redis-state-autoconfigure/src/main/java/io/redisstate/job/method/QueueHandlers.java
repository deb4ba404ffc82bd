package io.redisstate.job.method;

import io.redisstate.job.JobHandlerDefinition;
import io.redisstate.job.Recurrence;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the annotated methods of an application say about one queue.
 *
 * @param queue its name
 * @param handlers of each type one
 * @param recurrences its recurring jobs
 * @param concurrency how many jobs run at the same time; null if no method says
 * @param rateLimit how many begin in a time; null if no method says
 * @since 0.1
 */
public record QueueHandlers(
        String queue,
        List<JobHandlerDefinition> handlers,
        List<Recurrence> recurrences,
        @Nullable Integer concurrency,
        @Nullable Rate rateLimit) {

    /**
     * So many in so much time.
     *
     * @param jobs from 1
     * @param per positive
     */
    public record Rate(int jobs, Duration per) {

        /**
         * Reads {@code 100/1m}.
         *
         * @throws IllegalArgumentException if it is no such thing
         */
        public static Rate parse(String text) {
            String[] parts = text.split("/", 2);
            try {
                Rate rate = new Rate(Integer.parseInt(parts[0].trim()), Texts.duration(parts[1].trim()));
                if (rate.jobs >= 1 && rate.per.toMillis() >= 1) {
                    return rate;
                }
            } catch (IllegalArgumentException | IndexOutOfBoundsException ex) {
                throw new IllegalArgumentException(message(text), ex);
            }
            throw new IllegalArgumentException(message(text));
        }

        private static String message(String text) {
            return "'" + text + "' is no rate of jobs such as 100/1m";
        }
    }
}
