package io.redisstate.lock;

/** One turn of one caller under a {@link Tenure}. */
final class HeldLease extends AbstractLease {

    private final Tenure tenure;
    private final Waiter caller;
    private final long since = System.nanoTime();

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
