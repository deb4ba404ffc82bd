package io.redisstate.structure.transaction;

import io.redisstate.core.FailureKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.ClusterRedirectException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.RedisOperations;
import org.springframework.data.redis.core.SessionCallback;

/**
 * Reads keys and writes what follows from them, if nobody has written one of them in between; else begins anew.
 *
 * <p>WATCH and MULTI to EXEC on one connection of the node that has the keys, the reads in between; on a cluster all keys of a
 * transaction are in one slot. Round trips: one for WATCH, one for each read, and those of MULTI, the writes and EXEC. Where a script can do the
 * same it is faster. Waits with jitter between attempts. Blocks its thread. Thread-safe and immutable.
 *
 * @since 0.1
 */
public final class OptimisticTransaction {

    private static final Duration FIRST_WAIT = Duration.ofMillis(1);
    private static final Duration LONGEST_WAIT = Duration.ofMillis(50);

    private final NodeConnections nodes;
    private final int attempts;

    /** Transactions on connections, with up to 20 attempts. */
    public OptimisticTransaction(NodeConnections nodes) {
        this(nodes, 20);
    }

    private OptimisticTransaction(NodeConnections nodes, int attempts) {
        if (attempts < 1) {
            throw new IllegalArgumentException(
                    "The attempts of a transaction are " + attempts + "; allowed is 1 or more");
        }
        this.nodes = nodes;
        this.attempts = attempts;
    }

    /** Transactions with another number of attempts, from 1. */
    public OptimisticTransaction withAttempts(int most) {
        return new OptimisticTransaction(nodes, most);
    }

    /**
     * Reads, and writes if nobody else has meanwhile.
     *
     * @param watched the keys that must not change, as they are called in Redis; on a cluster all of one slot
     * @param body reads, and says what to write; called once for each attempt, so it must do nothing else
     * @return the result of the step that was done
     * @throws TransactionConflictException if others were faster at each attempt
     */
    public <R extends @Nullable Object> R execute(
            Collection<String> watched, Function<RedisOperations<String, String>, TransactionStep<R>> body) {
        List<String> keys = List.copyOf(watched);
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("A transaction needs a key to watch");
        }
        for (int attempt = 1; attempt <= attempts; attempt++) {
            Attempt<R> tried = new Attempt<>(keys, nodes.reading(), body);
            try {
                nodes.watching(keys).execute(tried);
            } catch (RuntimeException ex) {
                if (tried.sent || attempt == attempts || !mayBeginAnew(ex)) {
                    throw ex;
                }
            }
            if (tried.done) {
                return tried.result();
            }
            pause(attempt);
        }
        throw new TransactionConflictException(
                "Others wrote one of " + keys + " during each of " + attempts + " attempts");
    }

    /** Until EXEC nothing was written, so whatever was lost may be done again. */
    private static boolean mayBeginAnew(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (cause instanceof ClusterRedirectException || (message != null && message.startsWith("MOVED "))) {
                return true;
            }
        }
        return FailureKind.of(failure) != FailureKind.REFUSED;
    }

    private static void pause(int attempt) {
        long most = Math.min(FIRST_WAIT.toNanos() << Math.min(attempt, 10), LONGEST_WAIT.toNanos());
        try {
            Thread.sleep(
                    Duration.ofNanos(ThreadLocalRandom.current().nextLong(most)).toMillis());
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new TransactionConflictException("Interrupted between two attempts");
        }
    }

    /** One attempt, on one connection. */
    private static final class Attempt<R extends @Nullable Object> implements SessionCallback<@Nullable Object> {

        private final List<String> keys;
        private final RedisOperations<String, String> elsewhere;
        private final Function<RedisOperations<String, String>, TransactionStep<R>> body;
        private final List<Object> replies = new ArrayList<>();
        private @Nullable TransactionStep<R> step;
        private boolean sent;
        private boolean done;

        Attempt(
                List<String> keys,
                RedisOperations<String, String> elsewhere,
                Function<RedisOperations<String, String>, TransactionStep<R>> body) {
            this.keys = keys;
            this.elsewhere = elsewhere;
            this.body = body;
        }

        @Override
        @SuppressWarnings("unchecked")
        public <K, V> @Nullable Object execute(RedisOperations<K, V> operations) {
            RedisOperations<String, String> redis = (RedisOperations<String, String>) operations;
            redis.watch(keys);
            TransactionStep<R> next = read(redis);
            step = next;
            if (next.writes() == null) {
                redis.unwatch();
                done = true;
                return null;
            }
            redis.multi();
            try {
                next.writes().accept(redis);
                // Some clients answer an empty list where EXEC was refused; with this one it is never empty where it
                // was not.
                redis.hasKey(keys.get(0));
            } catch (RuntimeException ex) {
                redis.discard();
                throw ex;
            }
            sent = true;
            List<Object> all = redis.exec();
            done = !all.isEmpty();
            replies.addAll(done ? all.subList(0, all.size() - 1) : List.of());
            return null;
        }

        private TransactionStep<R> read(RedisOperations<String, String> redis) {
            try {
                return body.apply(queues(redis) ? elsewhere : redis);
            } catch (RuntimeException ex) {
                redis.unwatch();
                throw ex;
            }
        }

        /** Whether a connection that watches reads nothing any more, as those of Jedis. */
        private static boolean queues(RedisOperations<String, String> redis) {
            return Boolean.TRUE.equals(redis.execute((RedisCallback<Boolean>) RedisConnection::isQueueing));
        }

        @SuppressWarnings("NullAway") // there is a step if it is done
        R result() {
            return step.result(replies);
        }
    }
}
