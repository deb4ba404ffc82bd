package io.redisstate.session;

import io.redisstate.core.FeatureThreads;
import io.redisstate.core.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Looks for sessions whose time is over, removes them with all notes of them, and has their ends told; gives the lists of users'
 * sessions their times to live.
 *
 * <p>Of all instances one does this at a time; if it goes away, another follows within the interval and five seconds. So an
 * end is told within twice the interval and five seconds. Keyspace notifications are not needed. It begins with the first
 * use of a session in this process, at the latest five minutes after the start.
 *
 * @since 0.1
 */
public final class SessionSweeper implements SmartLifecycle {

    /** Before the connection factory stops, after the web server. */
    private static final int PHASE = 200;

    /** Nothing is asked of Redis before sessions are used here, or this long after the start. */
    private static final Duration IDLE = Duration.ofMinutes(5);

    private static final int BATCH = 200;
    private static final Duration SPARE = Duration.ofSeconds(5);
    private static final Log LOG = LogFactory.getLog(SessionSweeper.class);

    private final SessionStore store;
    private final SessionRemoval removal;
    private final ListKeeper lists;
    private final Duration interval;
    private final String instance = UUID.randomUUID().toString();
    private final Object lifecycle = new Object();
    private volatile long started;
    private @Nullable FeatureThreads threads;
    private @Nullable ScheduledFuture<?> ticks;

    /**
     * A sweeper for the sessions of a repository.
     *
     * @param interval the time between two looks; from 100 ms to a minute
     */
    public SessionSweeper(StateSessionRepository repository, Duration interval) {
        if (interval.toMillis() < 100 || interval.compareTo(SessionStore.KEPT.dividedBy(2)) > 0) {
            throw new IllegalArgumentException(
                    "The interval of the sweeper is " + interval + "; it must be from 100 ms to a minute");
        }
        this.store = repository.store();
        this.removal = repository.removal();
        this.lists = repository.lists();
        this.interval = interval;
    }

    @Override
    public void start() {
        synchronized (lifecycle) {
            if (threads == null) {
                FeatureThreads own = new FeatureThreads("session", false, Duration.ZERO);
                threads = own;
                lists.active(true);
                started = System.nanoTime();
                ticks = own.scheduler()
                        .scheduleWithFixedDelay(
                                this::tick, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    @Override
    public void stop() {
        synchronized (lifecycle) {
            lists.active(false);
            if (ticks != null) {
                ticks.cancel(false);
                ticks = null;
            }
            if (threads != null) {
                threads.close();
                threads = null;
            }
        }
    }

    @Override
    public boolean isRunning() {
        synchronized (lifecycle) {
            return threads != null;
        }
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    private void tick() {
        if (!store.isUsed() && System.nanoTime() - started < IDLE.toNanos()) {
            return;
        }
        try {
            lists.tell();
            while (isRunning() && sweep() == BATCH) {
                LOG.debug("There is more to sweep");
            }
        } catch (RuntimeException ex) {
            LOG.debug("Could not look for sessions that have ended; tries again", ex);
        }
    }

    /** Ends what is due now; how many were looked at. */
    int sweep() {
        List<@Nullable Object> reply = store.ask(store.due(instance, interval.plus(SPARE), BATCH));
        if (reply.size() < 3) {
            return 0;
        }
        double now = number(reply.get(0));
        List<DueSession> due = new ArrayList<>();
        List<Duration> late = new ArrayList<>();
        for (int i = 1; i + 1 < reply.size(); i += 2) {
            due.add(DueSession.of(Objects.requireNonNull(Reply.text(reply.get(i)))));
            late.add(Duration.ofMillis((long) (now - number(reply.get(i + 1)))));
        }
        removal.expire(due, late);
        return due.size();
    }

    private static double number(@Nullable Object element) {
        return element instanceof byte[] text
                ? Double.parseDouble(new String(text, StandardCharsets.UTF_8))
                : ((Number) Objects.requireNonNull(element)).doubleValue();
    }
}
