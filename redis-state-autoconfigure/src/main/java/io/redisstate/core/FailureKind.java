package io.redisstate.core;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.ClusterRedirectException;
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
            List.of("LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "UNBLOCKED", "NOREPLICAS", "BUSY ");

    /** Clients' exceptions that Spring Data Redis does not translate to a connection failure. */
    private static final Set<String> BROKEN_CONNECTIONS =
            Set.of("RedisException", "RedisCommandInterruptedException", "RedisConnectionException");

    private static final String POOL_EXHAUSTED = "Could not get a resource from the pool";

    /** Classifies what a {@link CallExecutor} threw. */
    public static FailureKind of(Throwable failure) {
        List<Throwable> causes = causesOf(failure);
        if (causes.stream().anyMatch(FailureKind::isClusterFailure)) {
            // The client itself has tried several times; only the last try is known.
            return OUTCOME_UNKNOWN;
        }
        if (causes.stream().anyMatch(FailureKind::isNotSent)) {
            return NOT_EXECUTED;
        }
        return causes.stream().anyMatch(FailureKind::isBrokenConnection) ? OUTCOME_UNKNOWN : REFUSED;
    }

    /** Whether the server does not know the script's digest: new, restarted, failed over, or SCRIPT FLUSH. */
    static boolean isUnknownScript(Throwable failure) {
        return causesOf(failure).stream().anyMatch(cause -> startsWith(cause, "NOSCRIPT"));
    }

    /** Whether a cluster node says that the key is another's now. */
    static boolean isMovedSlot(Throwable failure) {
        return causesOf(failure).stream().anyMatch(ClusterRedirectException.class::isInstance);
    }

    /** Whether the client had been closed before the call. */
    static boolean isClosedPool(Throwable failure) {
        return causesOf(failure).stream()
                .anyMatch(cause -> cause instanceof IllegalStateException && startsWith(cause, "Pool not open"));
    }

    private static boolean isClusterFailure(Throwable cause) {
        return cause instanceof TooManyClusterRedirectionsException
                || cause.getClass().getSimpleName().equals("JedisClusterOperationException");
    }

    private static boolean isNotSent(Throwable cause) {
        return cause instanceof ConnectException
                || cause instanceof UnknownHostException
                || cause instanceof PoolException
                || cause instanceof RedisUnavailableException
                || startsWith(cause, POOL_EXHAUSTED)
                || TEMPORARY_REPLIES.stream().anyMatch(reply -> startsWith(cause, reply));
    }

    private static boolean isBrokenConnection(Throwable cause) {
        return cause instanceof RedisConnectionFailureException
                || cause instanceof QueryTimeoutException
                || cause instanceof IOException
                || BROKEN_CONNECTIONS.contains(cause.getClass().getSimpleName());
    }

    private static boolean startsWith(Throwable cause, String start) {
        return cause.getMessage() != null && cause.getMessage().startsWith(start);
    }

    /** The failure, its causes and what they suppressed: Jedis keeps a refused connection as a suppressed exception. */
    private static List<Throwable> causesOf(Throwable failure) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Throwable> all = new ArrayList<>();
        Deque<Throwable> open = new ArrayDeque<>(List.of(failure));
        while (!open.isEmpty()) {
            Throwable next = open.pop();
            if (seen.add(next)) {
                all.add(next);
                Collections.addAll(open, next.getSuppressed());
                if (next.getCause() != null) {
                    open.add(next.getCause());
                }
            }
        }
        return all;
    }
}
