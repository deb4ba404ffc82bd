package io.redisstate.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * Runs calls on connections of a {@link RedisConnectionFactory}: Jedis or Lettuce, one server, Sentinel or Cluster.
 *
 * <p>A script goes out as EVALSHA and, where the server does not know it (new, restarted, failed over, SCRIPT FLUSH), once
 * more as EVAL, which also teaches it. A call is never part of a transaction or pipeline bound to the calling thread.
 * Thread-safe.
 *
 * @since 0.1
 */
public final class ConnectionCallExecutor implements CallExecutor {

    private static final boolean JEDIS_PRESENT =
            ClassUtils.isPresent("redis.clients.jedis.UnifiedJedis", ConnectionCallExecutor.class.getClassLoader());

    private static final boolean LETTUCE_PRESENT = ClassUtils.isPresent(
            "io.lettuce.core.api.async.RedisScriptingAsyncCommands", ConnectionCallExecutor.class.getClassLoader());

    private final RedisConnectionFactory connections;

    /** The client that all of the factory's connections share, once seen: a wrapper for each call costs as much as the call. */
    private volatile @Nullable Object jedis;

    public ConnectionCallExecutor(RedisConnectionFactory connections) {
        this.connections = connections;
    }

    @Override
    public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
        return call.script().reply().read(raw(call));
    }

    private @Nullable Object raw(ScriptCall<?> call) {
        Object known = jedis;
        if (known != null) {
            try {
                return JedisCalls.run(known, call);
            } catch (RuntimeException ex) {
                jedis = null;
                if (!FailureKind.isClosedPool(ex)) {
                    throw ex;
                }
                // The factory was stopped, and may have been started again.
            }
        }
        try (RedisConnection connection = connections.getConnection()) {
            Object client = connection.getNativeConnection();
            if (JEDIS_PRESENT && JedisCalls.supports(client)) {
                jedis = JedisCalls.isSharedBy(connections) ? client : null;
                return JedisCalls.run(client, call);
            }
            return call.script().isCommand() ? command(call) : run(connection, call);
        }
    }

    private @Nullable Object command(ScriptCall<?> call) {
        Object reply = pipelined(List.of(call)).get(0);
        if (reply instanceof RuntimeException ex) {
            throw ex;
        }
        return reply;
    }

    private static @Nullable Object run(RedisConnection connection, ScriptCall<?> call) {
        Script<?> script = call.script();
        byte[][] keysAndArguments = call.keysAndArguments();
        int keyCount = call.keys().size();
        var commands = connection.scriptingCommands();
        try {
            return commands.evalSha(script.digest(), script.reply().type(), keyCount, keysAndArguments);
        } catch (DataAccessException ex) {
            if (!FailureKind.isUnknownScript(ex)) {
                throw ex;
            }
            return commands.eval(script.body(), script.reply().type(), keyCount, keysAndArguments);
        }
    }

    @Override
    public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
        if (calls.size() < 2) {
            return calls.stream().map(this::outcomeOf).toList();
        }
        List<@Nullable Object> replies = pipelined(calls);
        for (Object reply : replies) {
            if (reply instanceof RuntimeException ex && FailureKind.isUnknownScript(ex)) {
                teachMissingScripts(calls, replies);
                break;
            }
        }
        List<Outcome<T>> outcomes = new ArrayList<>(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            ScriptCall<T> call = calls.get(i);
            Object reply = replies.get(i);
            if (reply instanceof RuntimeException ex) {
                // One by one, the client follows slots that have moved, and EVAL teaches what is still unknown.
                outcomes.add(
                        FailureKind.isUnknownScript(ex) || FailureKind.isMovedSlot(ex) ? outcomeOf(call) : failed(ex));
            } else {
                outcomes.add(outcome(() -> call.script().reply().read(reply)));
            }
        }
        return outcomes;
    }

    /** After a server forgot its scripts: the first call of each goes alone, by EVAL, the others in a second pipeline. */
    private <T extends @Nullable Object> void teachMissingScripts(
            List<ScriptCall<T>> calls, List<@Nullable Object> replies) {
        Set<Script<?>> taught = new HashSet<>();
        List<ScriptCall<T>> again = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            if (replies.get(i) instanceof RuntimeException ex && FailureKind.isUnknownScript(ex)) {
                ScriptCall<T> call = calls.get(i);
                if (taught.add(call.script())) {
                    replies.set(i, rawOrError(call));
                } else {
                    again.add(call);
                    places.add(i);
                }
            }
        }
        if (!again.isEmpty()) {
            List<@Nullable Object> second = pipelined(again);
            for (int i = 0; i < second.size(); i++) {
                replies.set(places.get(i), second.get(i));
            }
        }
    }

    private @Nullable Object rawOrError(ScriptCall<?> call) {
        try {
            return raw(call);
        } catch (RuntimeException ex) {
            return ex;
        }
    }

    /** The replies in the order of the calls, in a list that the caller may change. */
    private List<@Nullable Object> pipelined(List<? extends ScriptCall<?>> calls) {
        Object known = jedis;
        if (known != null) {
            try {
                return JedisCalls.run(known, calls);
            } catch (RuntimeException ex) {
                jedis = null;
                if (!FailureKind.isClosedPool(ex)) {
                    throw ex;
                }
            }
        }
        try (RedisConnection connection = connections.getConnection()) {
            Object client = connection.getNativeConnection();
            if (JEDIS_PRESENT && JedisCalls.supports(client)) {
                return JedisCalls.run(client, calls);
            }
            if (LETTUCE_PRESENT && LettucePipeline.supports(client)) {
                return LettucePipeline.run(client, calls);
            }
            throw new IllegalStateException("Neither Jedis nor Lettuce: " + client.getClass());
        }
    }

    private <T extends @Nullable Object> Outcome<T> outcomeOf(ScriptCall<T> call) {
        return outcome(() -> execute(call));
    }

    private static <T extends @Nullable Object> Outcome<T> outcome(Supplier<T> reply) {
        try {
            return new Outcome<>(reply.get(), null);
        } catch (RuntimeException ex) {
            return failed(ex);
        }
    }

    private static <T extends @Nullable Object> Outcome<T> failed(RuntimeException ex) {
        return new Outcome<>(null, ex);
    }
}
