package io.redisstate.cache;

/** Carries what a loader threw to the callers; without a stack trace of its own. */
final class LoadFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    LoadFailure(Throwable cause) {
        super(cause.getMessage(), cause, false, false);
    }

    @Override
    public synchronized Throwable getCause() {
        Throwable cause = super.getCause();
        return cause == null ? this : cause;
    }
}
