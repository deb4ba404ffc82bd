package io.redisstate.job;

import java.util.Locale;

/**
 * Where a job stands.
 *
 * @since 0.1
 */
public enum JobState {
    /** Ready: the next free worker takes it. */
    WAITING("waiting"),
    /** Not due yet, or waiting for its next attempt. */
    DELAYED("delayed"),
    /** Waits for other jobs to complete. */
    HELD("held"),
    /** A worker has it under a lease. */
    ACTIVE("active"),
    /** It has failed for good and is kept until it is requeued or removed. */
    DEAD("dead"),
    /** Done; kept for a while if it has a result or was asked to be kept. */
    COMPLETED("finished"),
    /** Ended before it was done, because somebody asked for it; kept if it was asked to be kept. */
    CANCELLED("finished");

    private final String set;

    JobState(String set) {
        this.set = set;
    }

    /** How finished jobs of this state ended, as scripts call it; empty for the other states. */
    String ending() {
        return set.equals("finished") ? name().toLowerCase(Locale.ROOT) : "";
    }

    /** What scripts call it. */
    String set() {
        return set;
    }
}
