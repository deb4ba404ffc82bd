package io.redisstate.structure.presence;

import io.redisstate.core.FeatureThreads;
import io.redisstate.core.WakeUps;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reads the stream of events for the listeners of this process, when it is told of one and at each tick; the tick also takes
 * out who has expired, which makes the events of that.
 */
final class PresenceEvents implements AutoCloseable {

    private static final Log LOG = LogFactory.getLog(PresenceEvents.class);
    private static final int LISTENING_TICKS = 10;
    private static final Duration LISTENING_LEAST = Duration.ofSeconds(30);

    private final PresenceProtocol protocol;
    private final Duration tick;
    private final WakeUps wakeUps;
    private final FeatureThreads threads;
    private final List<Consumer<PresenceEvent>> listeners = new CopyOnWriteArrayList<>();
    private final Object lifecycle = new Object();
    private WakeUps.@Nullable Registration registration;
    private @Nullable ScheduledFuture<?> ticks;
    private String last = "";
    private boolean reading;
    private boolean again;

    PresenceEvents(PresenceProtocol protocol, Duration tick, WakeUps wakeUps, FeatureThreads threads) {
        this.protocol = protocol;
        this.tick = tick;
        this.wakeUps = wakeUps;
        this.threads = threads;
    }

    AutoCloseable listen(Consumer<PresenceEvent> listener) {
        synchronized (lifecycle) {
            if (listeners.isEmpty()) {
                last = protocol.lastEvent();
                sweep();
                registration = wakeUps.register(protocol.topic(), data -> read());
                ticks = threads.scheduler()
                        .scheduleWithFixedDelay(
                                () -> work(this::sweepAndRead),
                                tick.toMillis(),
                                tick.toMillis(),
                                TimeUnit.MILLISECONDS);
            }
            listeners.add(listener);
        }
        return () -> {
            synchronized (lifecycle) {
                if (listeners.remove(listener) && listeners.isEmpty()) {
                    stop();
                }
            }
        };
    }

    private void sweepAndRead() {
        sweep();
        read();
    }

    private void sweep() {
        Duration listening = tick.multipliedBy(LISTENING_TICKS);
        protocol.due(wakeUps.channel(), listening.compareTo(LISTENING_LEAST) < 0 ? LISTENING_LEAST : listening)
                .forEach(protocol::sweep);
    }

    /** Starts reading, unless that is under way; then it goes on. */
    private void read() {
        synchronized (listeners) {
            again = true;
            if (reading) {
                return;
            }
            reading = true;
        }
        try {
            threads.executor().execute(() -> work(this::readAll));
        } catch (RuntimeException ex) {
            synchronized (listeners) {
                reading = false;
            }
            LOG.debug("Not reading events of " + protocol.topic() + " any more", ex);
        }
    }

    private void readAll() {
        boolean failed = true;
        try {
            while (wanted()) {
                tellAll();
            }
            failed = false;
        } finally {
            if (failed) {
                synchronized (listeners) {
                    reading = false;
                }
            }
        }
    }

    private boolean wanted() {
        synchronized (listeners) {
            reading = again;
            again = false;
            return reading;
        }
    }

    private void tellAll() {
        List<PresenceProtocol.Numbered> events;
        do {
            events = protocol.eventsAfter(last);
            for (PresenceProtocol.Numbered numbered : events) {
                last = numbered.id();
                listeners.forEach(listener -> tell(listener, numbered.event()));
            }
        } while (!events.isEmpty() && !listeners.isEmpty());
    }

    private static void tell(Consumer<PresenceEvent> listener, PresenceEvent event) {
        try {
            listener.accept(event);
        } catch (RuntimeException ex) {
            LOG.error("A listener failed at " + event, ex);
        }
    }

    private void work(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException ex) {
            LOG.warn("Could not look who came and went in " + protocol.topic() + "; trying again: " + ex);
        }
    }

    private void stop() {
        if (registration != null) {
            registration.close();
            registration = null;
        }
        if (ticks != null) {
            ticks.cancel(false);
            ticks = null;
        }
    }

    @Override
    public void close() {
        synchronized (lifecycle) {
            listeners.clear();
            stop();
        }
    }
}
