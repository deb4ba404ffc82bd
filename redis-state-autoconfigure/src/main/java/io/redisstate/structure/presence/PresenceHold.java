package io.redisstate.structure.presence;

/**
 * Keeps a member there. Closing it lets the member leave, unless the same process holds it once more.
 *
 * @since 0.1
 */
public final class PresenceHold implements AutoCloseable {

    private final Runnable leave;
    private boolean closed;

    PresenceHold(Runnable leave) {
        this.leave = leave;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        leave.run();
    }
}
