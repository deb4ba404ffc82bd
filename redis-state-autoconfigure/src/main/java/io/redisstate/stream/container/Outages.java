package io.redisstate.stream.container;

import io.redisstate.core.FailureKind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/** When Redis does not answer: logged once, tried again after growing pauses. For one thread. */
final class Outages {

    private static final Log LOG = LogFactory.getLog(Outages.class);

    /** What says that the group, or the stream with it, is gone. */
    private static final List<String> GONE = List.of("NOGROUP", "UNBLOCKED", "no longer exists", "no such key");

    private final ContainerOptions options;
    private final Counters counters;
    private final Set<Path> broken = EnumSet.noneOf(Path.class);
    private BackOffExecution pauses = newPauses();

    /** How a container talks to Redis: a fail-over can break one and leave the other. */
    enum Path {
        /** On the connection of its own. */
        READING,
        /** The shared way. */
        CALLING
    }

    Outages(ContainerOptions options, Counters counters) {
        this.options = options;
        this.counters = counters;
    }

    boolean isNow() {
        return !broken.isEmpty();
    }

    /** Redis has answered this way; it is over when no other is broken. */
    void over(Path path) {
        boolean mended = broken.remove(path);
        if (broken.isEmpty()) {
            pauses = newPauses();
            if (mended) {
                LOG.info("Stream listener '" + options.id() + "' works again");
            }
        }
    }

    /** Redis has not answered as it should; true if it is only that the group is gone. */
    boolean begin(Path path, Throwable failure) {
        String text = String.valueOf(failure.getMessage()) + failure.getCause();
        if (GONE.stream().anyMatch(text::contains)) {
            LOG.debug("Stream listener '" + options.id() + "' has lost its group", failure);
            return true;
        }
        boolean known = isNow();
        broken.add(path);
        if (!known) {
            counters.outages.increment();
            LOG.warn("Stream listener '" + options.id() + "' can't read stream '" + options.stream()
                    + "' and tries again until it can: " + failure);
            LOG.debug(FailureKind.of(failure), failure);
        }
        return false;
    }

    /** Waits before the next try, however often the thread is unparked, as long as it is to go on at all. */
    void pause(BooleanSupplier goesOn) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauses.nextBackOff());
        for (long left = until - System.nanoTime();
                left > 0 && goesOn.getAsBoolean();
                left = until - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
    }

    private static BackOffExecution newPauses() {
        ExponentialBackOff pauses = new ExponentialBackOff(100, 2);
        pauses.setMaxInterval(5_000);
        pauses.setJitter(50);
        return pauses.start();
    }
}
