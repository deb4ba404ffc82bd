package io.redisstate.session.web;

import io.redisstate.session.SessionUnavailableException;

/** What a client is told while its session can't be read or written. */
final class UnavailableAnswer {

    static final int STATUS = 503;
    static final String RETRY_AFTER = "5";
    static final String CONTENT_TYPE = "application/problem+json";
    static final String BODY = "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
            + "\"detail\":\"Your session can't be reached at the moment; please try again\"}";

    private static final int DEEPEST = 10;

    private UnavailableAnswer() {}

    static boolean isDueTo(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause instanceof SessionUnavailableException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
