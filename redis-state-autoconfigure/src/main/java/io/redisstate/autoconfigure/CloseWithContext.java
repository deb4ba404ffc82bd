package io.redisstate.autoconfigure;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Closes something when the context is closed, before the connection factory stops (phase 0), and after the web server and
 * other users of it, which stand at the highest phases. Stopping or pausing a context that stays open closes nothing.
 *
 * @since 0.1
 */
public final class CloseWithContext implements SmartLifecycle {

    /** The process's subscription, which features use until they are closed. */
    static final int WAKE_UPS = 100;

    /** A feature. */
    public static final int FEATURE = 200;

    private final ConfigurableApplicationContext context;
    private final AutoCloseable closeable;
    private final int phase;
    private final Runnable start;
    private volatile boolean running;

    /**
     * A life cycle.
     *
     * @param phase {@link #FEATURE} for a feature
     */
    public CloseWithContext(ConfigurableApplicationContext context, AutoCloseable closeable, int phase) {
        this(context, closeable, phase, () -> {});
    }

    /**
     * A life cycle that starts something too.
     *
     * @param start must not wait
     */
    public CloseWithContext(
            ConfigurableApplicationContext context, AutoCloseable closeable, int phase, Runnable start) {
        this.context = context;
        this.closeable = closeable;
        this.phase = phase;
        this.start = start;
    }

    @Override
    public void start() {
        running = true;
        start.run();
    }

    @Override
    public void stop() {
        running = false;
        if (context.isClosed()) {
            try {
                closeable.close();
            } catch (Exception ex) {
                throw new IllegalStateException("Can't close " + closeable, ex);
            }
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return phase;
    }
}
