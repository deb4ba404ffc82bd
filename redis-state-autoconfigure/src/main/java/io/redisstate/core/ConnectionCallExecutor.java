package io.redisstate.core;

import java.util.ArrayList;
import java.util.List;
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

    public ConnectionCallExecutor(RedisConnectionFactory connections) {
        this.connections = connections;
    }

    @Override
    public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
        Script<T> script = call.script();
        if (script.isCommand()) {
            return commandOutcome(call).get();
        }
        byte[][] keysAndArguments = call.keysAndArguments();
        int keyCount = call.keys().size();
        try (RedisConnection connection = connections.getConnection()) {
            var commands = connection.scriptingCommands();
            Object raw;
            try {
                raw = commands.evalSha(script.digest(), script.reply().type(), keyCount, keysAndArguments);
            } catch (DataAccessException ex) {
                if (!FailureKind.isUnknownScript(ex)) {
                    throw ex;
                }
                raw = commands.eval(script.body(), script.reply().type(), keyCount, keysAndArguments);
            }
            return script.reply().read(raw);
        }
    }

    @Override
    public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
        if (calls.size() < 2) {
            return calls.stream().map(this::outcomeOf).toList();
        }
        List<Outcome<T>> outcomes = new ArrayList<>(calls.size());
        List<@Nullable Object> replies = pipelined(calls);
        for (int i = 0; i < calls.size(); i++) {
            ScriptCall<T> call = calls.get(i);
            Object reply = replies.get(i);
            if (reply instanceof RuntimeException ex) {
                // One by one, EVAL teaches a server its script again and the client follows slots that have moved.
                outcomes.add(
                        FailureKind.isUnknownScript(ex) || FailureKind.isMovedSlot(ex) ? outcomeOf(call) : failed(ex));
            } else {
                outcomes.add(outcome(() -> call.script().reply().read(reply)));
            }
        }
        return outcomes;
    }

    private <T extends @Nullable Object> Outcome<T> commandOutcome(ScriptCall<T> call) {
        Object reply = pipelined(List.of(call)).get(0);
        return reply instanceof RuntimeException ex
                ? failed(ex)
                : outcome(() -> call.script().reply().read(reply));
    }

    private List<@Nullable Object> pipelined(List<? extends ScriptCall<?>> calls) {
        try (RedisConnection connection = connections.getConnection()) {
            Object client = connection.getNativeConnection();
            if (JEDIS_PRESENT && JedisPipeline.supports(client)) {
                return JedisPipeline.run(client, calls);
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
