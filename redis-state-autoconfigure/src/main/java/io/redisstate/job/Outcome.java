package io.redisstate.job;

import java.time.Duration;

/**
 * What became of a job that was taken, as {@code step.lua} takes it.
 *
 * @param number ms
 */
record Outcome(TakenJob job, What what, long number, String text) {

    enum What {
        COMPLETED("d"),
        CANCELLED("c"),
        AGAIN("r"),
        DEAD("x"),
        NOT_BEGUN("b");

        private final String code;

        What(String code) {
            this.code = code;
        }

        String code() {
            return code;
        }
    }

    static Outcome completed(TakenJob job, Duration keep, String result) {
        return new Outcome(job, What.COMPLETED, keep.toMillis(), result);
    }

    static Outcome cancelled(TakenJob job, Duration keep) {
        return new Outcome(job, What.CANCELLED, keep.toMillis(), "");
    }

    static Outcome again(TakenJob job, Duration wait, String error) {
        return new Outcome(job, What.AGAIN, wait.toMillis(), error);
    }

    static Outcome dead(TakenJob job, String error) {
        return new Outcome(job, What.DEAD, 0, error);
    }

    static Outcome notBegun(TakenJob job) {
        return new Outcome(job, What.NOT_BEGUN, 0, "");
    }
}
