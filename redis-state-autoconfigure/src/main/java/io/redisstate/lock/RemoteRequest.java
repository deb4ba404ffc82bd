package io.redisstate.lock;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What stands in Redis for a waiter, or for all waiters of one process: an id known before anything is sent, so that asking
 * twice is the same as asking once.
 */
final class RemoteRequest {

    /** The server's time is not known yet. */
    private static final long UNKNOWN = -1;

    /** A moment of the server's clock, and a local one that was certainly not after it. */
    private record ClockSample(long localNanos, long serverMicros) {}

    /** From outside the calls of this request: when to look, and since when that is known. */
    private record Hint(long since, long lookAt) {}

    private final String id;
    private final String name;
    private final Line line;
    private final long leaseMillis;
    private final long grantMillis;
    private volatile ClockSample sample = new ClockSample(System.nanoTime(), UNKNOWN);
    private volatile long lookAt = System.nanoTime();
    private volatile boolean answered;
    private volatile @Nullable Hint hint;

    RemoteRequest(String id, String name, Line line, long leaseMillis, long grantMillis) {
        this.id = id;
        this.name = name;
        this.line = line;
        this.leaseMillis = leaseMillis;
        this.grantMillis = grantMillis;
    }

    String id() {
        return id;
    }

    String name() {
        return name;
    }

    Line line() {
        return line;
    }

    long leaseMillis() {
        return leaseMillis;
    }

    /** What it is granted at a hand-over; a renewal soon extends that to the full lease. */
    long grantMillis() {
        return grantMillis;
    }

    /** Whether Redis knows of it, as far as this process can tell. */
    boolean answered() {
        return answered;
    }

    long untilLook() {
        return lookAt - System.nanoTime();
    }

    void lookNow() {
        hint(0);
    }

    /** Redis replied: it is queued. */
    void queued(long sentNanos, long serverMicros, long lookAtServerMillis, long atMostNanos) {
        sample = new ClockSample(sentNanos, serverMicros);
        answered = true;
        // One more millisecond, so as not to come early by the uncertainty of the clocks.
        lookAfter(Math.min(atMostNanos, Math.max(0, (lookAtServerMillis * 1000 - serverMicros) * 1000) + 1_000_000));
        Hint known = hint;
        if (known != null && known.since() - sentNanos >= 0 && known.lookAt() - lookAt < 0) {
            // A message overtook the reply: what it said is newer.
            lookAt = known.lookAt();
        }
    }

    /** It is being sent with the release of its predecessor, which will say what becomes of it. */
    void sentAlong(long waitNanos) {
        answered = true;
        lookAfter(waitNanos);
    }

    /** It could not be sent again; it may still stand in Redis. */
    void failed() {
        lookAfter(TimeUnit.MILLISECONDS.toNanos(250));
    }

    /** A message named a moment of the server's clock at which it is worth looking. */
    void lookAt(long serverMicros, long lookAtServerMillis) {
        hint(Math.max(0, (lookAtServerMillis * 1000 - serverMicros) * 1000) + 1_000_000);
    }

    /** Ownership handed over at one moment of the server's clock until another. */
    Grant handedOver(long token, long serverMicros, long expiryMillis) {
        ClockSample known = sample;
        long before = known.serverMicros() == UNKNOWN ? serverMicros : known.serverMicros();
        long byOwnClock = known.localNanos() + (expiryMillis * 1000 - before) * 1000;
        // If the server's clock has been set forward since: never longer than granted.
        long bySpan = System.nanoTime() + (expiryMillis * 1000 - serverMicros) * 1000;
        return new Grant(token, byOwnClock - bySpan < 0 ? byOwnClock : bySpan);
    }

    private void hint(long nanos) {
        long now = System.nanoTime();
        hint = new Hint(now, now + nanos);
        lookAt = now + nanos;
    }

    private void lookAfter(long nanos) {
        lookAt = System.nanoTime() + nanos;
    }
}
