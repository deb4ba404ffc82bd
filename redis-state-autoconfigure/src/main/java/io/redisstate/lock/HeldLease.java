package io.redisstate.lock;

import java.time.Duration;

/** One turn of one caller under a {@link Tenure}. */
final class HeldLease extends AbstractLease {

    private final Tenure tenure;
    private final Waiter caller;
    private final long since = System.nanoTime();

    /** Given back before its caller got it. */
    private volatile boolean unwanted;

    HeldLease(Tenure tenure, long token, Waiter caller) {
        super(tenure.request().name(), token, caller.callbackThreads(), caller.threadToInterrupt());
        this.tenure = tenure;
        this.caller = caller;
    }

    LockOptions options() {
        return caller.options();
    }

    Tenure tenure() {
        return tenure;
    }

    /** For how long it stays taken at least. */
    Duration lockAtLeastFor() {
        return unwanted ? Duration.ZERO : caller.options().lockAtLeastFor();
    }

    /** Releases what its caller has never got: {@link LockOptions#lockAtLeastFor()} is for those who held it. */
    void giveBackAtOnce() {
        unwanted = true;
        boolean unused = release();
    }

    long since() {
        return since;
    }

    /** Renewed until its thread is dead, if it is bound to one. */
    boolean renewing() {
        return caller.options().renew() && caller.ownerLives();
    }

    @Override
    long deadline() {
        return tenure.deadline();
    }

    @Override
    boolean giveBack() {
        return tenure.release(this);
    }
}
