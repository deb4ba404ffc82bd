package io.redisstate.core;

import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.TooManyClusterRedirectionsException;
import org.springframework.data.redis.connection.PoolException;

/**
 * What a failed call says about Redis, and so whether it may be sent again.
 *
 * @since 0.1
 */
public enum FailureKind {

    /** The server certainly did not run the call: not connected, loading, demoted, no cluster; safe to send again. */
    NOT_EXECUTED,

    /** The connection broke or timed out under way: it may have been run; only repeatable calls are sent again. */
    OUTCOME_UNKNOWN,

    /** Redis answered, with an error that sending again would repeat: script error, out of memory, no permission. */
    REFUSED;

    private static final List<String> TEMPORARY_REPLIES =
            List.of("LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "UNBLOCKED", "NOREPLICAS");

    /** Classifies what a {@link CallExecutor} threw. */
    public static FailureKind of(Throwable failure) {
        boolean connection = false;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException || cause instanceof PoolException || isTemporaryReply(cause)) {
                return NOT_EXECUTED;
            }
            connection |= isConnectionFailure(cause);
        }
        return connection ? OUTCOME_UNKNOWN : REFUSED;
    }

    /** Whether the server does not know the script's digest: new, restarted, failed over, or SCRIPT FLUSH. */
    static boolean isUnknownScript(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause.getMessage() != null && cause.getMessage().contains("NOSCRIPT")) {
                return true;
            }
        }
        return false;
    }

    private static boolean isTemporaryReply(Throwable cause) {
        String message = cause.getMessage();
        return message != null && TEMPORARY_REPLIES.stream().anyMatch(message::startsWith);
    }

    private static boolean isConnectionFailure(Throwable cause) {
        return cause instanceof RedisConnectionFailureException
                || cause instanceof QueryTimeoutException
                || cause instanceof TooManyClusterRedirectionsException
                || cause instanceof IOException
                || cause.getClass().getSimpleName().equals("JedisClusterOperationException");
    }
}
