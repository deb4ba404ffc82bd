package io.redisstate.autoconfigure.job;

import io.redisstate.job.Backoff;
import io.redisstate.job.JobWorker;
import io.redisstate.job.method.QueueHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Job queues.
 *
 * @param enabled whether job queues are configured
 * @param workers whether this process works on jobs; if not, it can still enqueue them
 * @param concurrency how many jobs of a queue run at the same time in this process, 1 to 10000
 * @param batch how many short jobs are taken and reported in one round trip, 1 to 500
 * @param lease how long a job stays with a worker that died, from 500 ms
 * @param attempts after how many attempts a job is dead, from 1
 * @param backoff how long to wait before a failed job is tried again
 * @param timeout after how long an attempt is interrupted; 0 for never
 * @param keepResults how long jobs with a result can be looked at
 * @param maxFinished how many finished jobs are kept at most for each queue, 0 to 10000000
 * @param maxDead how many dead jobs are kept at most for each queue, 1 to 10000000
 * @param drain how long a shutdown waits for jobs that run
 * @param queues what is different for single queues, by name
 * @since 0.1
 */
@ConfigurationProperties(JobProperties.PREFIX)
public record JobProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("true") boolean workers,
        @DefaultValue("1") int concurrency,
        @DefaultValue("50") int batch,
        @DefaultValue("30s") Duration lease,
        @DefaultValue("5") int attempts,
        @DefaultValue Waits backoff,
        @DefaultValue("0") Duration timeout,
        @DefaultValue("1h") Duration keepResults,
        @DefaultValue("10000") int maxFinished,
        @DefaultValue("10000") int maxDead,
        @DefaultValue("25s") Duration drain,
        @DefaultValue Map<String, Queue> queues) {

    static final String PREFIX = "redis-state.job";

    private static final Duration LONGEST = Duration.ofDays(365);

    public JobProperties {
        requireBetween("concurrency", concurrency, 1, 10_000);
        requireBetween("batch", batch, 1, 500);
        requireBetween("lease", lease, Duration.ofMillis(500));
        requireBetween("attempts", attempts, 1, Integer.MAX_VALUE);
        requireBetween("timeout", timeout, Duration.ZERO);
        requireBetween("keep-results", keepResults, Duration.ZERO);
        requireBetween("max-finished", maxFinished, 0, 10_000_000);
        requireBetween("max-dead", maxDead, 1, 10_000_000);
        requireBetween("drain", drain, Duration.ZERO);
        queues.forEach((name, queue) -> queue.check("queues." + name + '.'));
    }

    /**
     * How long to wait before a failed job is tried again.
     *
     * @param first the wait after the first attempt
     * @param multiplier how many times as long after each further one, from 1
     * @param max the longest wait
     * @param jitter up to which share of it a wait is longer or shorter, at random, 0 to 1
     */
    public record Waits(
            @DefaultValue("1s") Duration first,
            @DefaultValue("2") double multiplier,
            @DefaultValue("5m") Duration max,
            @DefaultValue("0.2") double jitter) {

        public Waits {
            read("backoff", first, () -> new Backoff(first, multiplier, max, jitter));
        }

        Backoff toBackoff() {
            return new Backoff(first, multiplier, max, jitter);
        }
    }

    /**
     * What is different for a queue; it counts more than what annotations say.
     *
     * @param concurrency how many of its jobs run at the same time in this process, 1 to 10000
     * @param lease how long a job stays with a worker that died, from 500 ms
     * @param rateLimit how many of its jobs begin in a time in all processes together, such as 100/1m
     * @param workers whether this process works on it
     */
    public record Queue(
            @Nullable Integer concurrency,
            @Nullable Duration lease,
            @Nullable String rateLimit,
            @DefaultValue("true") boolean workers) {

        private void check(String name) {
            if (concurrency != null) {
                requireBetween(name + "concurrency", concurrency, 1, 10_000);
            }
            if (lease != null) {
                requireBetween(name + "lease", lease, Duration.ofMillis(500));
            }
            if (rateLimit != null) {
                read(name + "rate-limit", rateLimit, () -> QueueHandlers.Rate.parse(rateLimit));
            }
        }
    }

    boolean worksOn(String queue) {
        Queue own = queues.get(queue);
        return workers && (own == null || own.workers());
    }

    /** Sets all options of a worker. */
    void apply(QueueHandlers handlers, JobWorker.Builder worker) {
        Queue own = queues.get(handlers.queue());
        Integer ownConcurrency = own == null ? null : own.concurrency();
        Duration ownLease = own == null ? null : own.lease();
        String ownRate = own == null ? null : own.rateLimit();
        Integer said = ownConcurrency == null ? handlers.concurrency() : ownConcurrency;
        QueueHandlers.Rate rate = ownRate == null ? handlers.rateLimit() : QueueHandlers.Rate.parse(ownRate);
        worker.concurrency(said == null ? concurrency : said)
                .batch(batch)
                .lease(ownLease == null ? lease : ownLease)
                .attempts(attempts)
                .backoff(backoff.toBackoff())
                .timeout(timeout)
                .keepResults(keepResults)
                .maxFinished(maxFinished)
                .maxDead(maxDead)
                .drain(drain);
        if (rate != null) {
            worker.rateLimit(rate.jobs(), rate.per());
        }
    }

    private static void requireBetween(String name, int given, int least, int most) {
        if (given < least || given > most) {
            throw new InvalidConfigurationPropertyValueException(
                    PREFIX + '.' + name, given, "It must be a number from " + least + " to " + most + '.');
        }
    }

    private static void requireBetween(String name, Duration given, Duration least) {
        if (given.compareTo(least) < 0 || given.compareTo(LONGEST) > 0) {
            throw new InvalidConfigurationPropertyValueException(
                    PREFIX + '.' + name,
                    given,
                    "It must be a duration from " + least.toMillis() + " ms to " + LONGEST.toDays() + " days.");
        }
    }

    private static void read(String name, Object given, Supplier<?> reading) {
        try {
            Object unused = reading.get();
        } catch (IllegalArgumentException ex) {
            throw new InvalidConfigurationPropertyValueException(PREFIX + '.' + name, given, ex.getMessage() + '.', ex);
        }
    }
}
