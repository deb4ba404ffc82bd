package io.redisstate.observe;

import io.redisstate.job.JobStats;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** What is known about a queue, asked for anew when it has become too old; also if it could not be found out. */
final class Snapshot {

    private static final Log LOG = LogFactory.getLog(Snapshot.class);

    private final Supplier<JobStats> source;
    private final Duration kept;
    private @Nullable JobStats stats;
    private boolean asked;
    private long askedNanos;

    Snapshot(Supplier<JobStats> source, Duration kept) {
        this.source = source;
        this.kept = kept;
    }

    /** NaN if it is not known. */
    synchronized double value(ToDoubleFunction<JobStats> figure) {
        if (!asked || System.nanoTime() - askedNanos >= kept.toNanos()) {
            stats = ask();
            asked = true;
            askedNanos = System.nanoTime();
        }
        return stats == null ? Double.NaN : figure.applyAsDouble(stats);
    }

    private @Nullable JobStats ask() {
        try {
            return source.get();
        } catch (RuntimeException ex) {
            LOG.debug("The figures of a queue can't be read now", ex);
            return null;
        }
    }
}
