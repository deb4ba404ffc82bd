package io.redisstate.stream.container;

import io.redisstate.core.FailureKind;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/** When Redis does not answer: logged once, tried again after growing pauses. For one thread. */
final class Outages {

    private static final Log LOG = LogFactory.getLog(Outages.class);

    private final ContainerOptions options;
    private final Counters counters;
    private boolean outage;
    private BackOffExecution pauses = newPauses();

    Outages(ContainerOptions options, Counters counters) {
        this.options = options;
        this.counters = counters;
    }

    boolean isNow() {
        return outage;
    }

    /** Redis has answered. */
    void over() {
        if (outage) {
            outage = false;
            LOG.info("Stream listener '" + options.id() + "' works again");
        }
        pauses = newPauses();
    }

    /** Redis has not answered as it should; true if it is only that the group is gone. */
    boolean begin(Throwable failure) {
        String text = String.valueOf(failure.getMessage()) + failure.getCause();
        if (text.contains("NOGROUP") || text.contains("UNBLOCKED") || text.contains("no longer exists")) {
            LOG.debug("Stream listener '" + options.id() + "' has lost its group", failure);
            return true;
        }
        if (!outage) {
            outage = true;
            counters.outages.increment();
            LOG.warn("Stream listener '" + options.id() + "' can't read stream '" + options.stream()
                    + "' and tries again until it can: " + failure);
            LOG.debug(FailureKind.of(failure), failure);
        }
        return false;
    }

    /** Waits before the next try, unless somebody unparks the thread. */
    void pause() {
        LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(pauses.nextBackOff()));
    }

    private static BackOffExecution newPauses() {
        ExponentialBackOff pauses = new ExponentialBackOff(100, 2);
        pauses.setMaxInterval(5_000);
        pauses.setJitter(50);
        return pauses.start();
    }
}
