package io.redisstate.stream.container;

import io.redisstate.core.BlockingConnection;
import io.redisstate.core.KeySpace;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Waits on the server until something has happened in an ordered group since its consumer last looked: a message for the
 * one that leads, a free lane for all. It only makes them look, so it may do so too often, and misses nothing for longer
 * than a tick.
 */
final class Doorbell implements Runnable {

    private static final Log LOG = LogFactory.getLog(Doorbell.class);
    private static final byte[] COUNT = KeySpace.bytes("COUNT");
    private static final byte[] ONE = KeySpace.bytes("1");
    private static final byte[] BLOCK = KeySpace.bytes("BLOCK");
    private static final byte[] STREAMS = KeySpace.bytes("STREAMS");
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(500);

    private final BlockingConnection connection;
    private final byte[] stream;
    private final byte[] bell;
    private final byte[] block;
    private final Runnable rung;
    private volatile @Nullable Position position;
    private volatile @Nullable Thread thread;
    private volatile boolean running = true;

    /**
     * What has been seen.
     *
     * @param stream the last entry, or "" if new ones are another's business
     * @param bell the last ring
     */
    record Position(String stream, String bell) {}

    Doorbell(BlockingConnection connection, LaneProtocol protocol, long blockMillis, Runnable rung) {
        this.connection = connection;
        this.stream = KeySpace.bytes(protocol.streamKey());
        this.bell = KeySpace.bytes(protocol.bellKey());
        this.block = KeySpace.bytes(Long.toString(blockMillis));
        this.rung = rung;
    }

    /** Rings when there is something after that. */
    void listen(Position seen) {
        if (!seen.equals(position)) {
            position = seen;
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void run() {
        thread = Thread.currentThread();
        Position heard = null;
        while (running) {
            Position from = position;
            if (from == null || from.equals(heard)) {
                LockSupport.park(this);
            } else if (waitFor(from)) {
                heard = from;
                rung.run();
            }
        }
    }

    private boolean waitFor(Position from) {
        try {
            Object reply = from.stream().isEmpty()
                    ? connection.execute(
                            "XREAD", 5, COUNT, ONE, BLOCK, block, STREAMS, bell, KeySpace.bytes(from.bell()))
                    : connection.execute(
                            "XREAD",
                            5,
                            COUNT,
                            ONE,
                            BLOCK,
                            block,
                            STREAMS,
                            stream,
                            bell,
                            KeySpace.bytes(from.stream()),
                            KeySpace.bytes(from.bell()));
            return reply instanceof List<?> list && !list.isEmpty();
        } catch (RuntimeException ex) {
            if (running) {
                LOG.debug("Can't wait for an ordered group; its consumer looks at each tick", ex);
                LockSupport.parkNanos(this, PAUSE);
            }
            return false;
        }
    }

    void stop() {
        running = false;
        LockSupport.unpark(thread);
        connection.unblock();
    }

    void close() {
        connection.close();
    }
}
