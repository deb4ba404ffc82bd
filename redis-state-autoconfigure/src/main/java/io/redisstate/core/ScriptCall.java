package io.redisstate.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call of a script as a value: what to run, on which keys, with which arguments, and whether running it twice does
 * the same as running it once.
 *
 * <p>Being a value, a call can be counted, observed, repeated and put into a pipeline with others without the caller
 * knowing. The arrays are not copied; nobody may change them.
 *
 * @param script what to run
 * @param keys all keys the script touches, of one hash slot; at least one, but a single command may have none where there is
 *     but one server
 * @param arguments the rest
 * @param repeatable whether a call whose reply was lost may be sent again
 * @param <T> the reply
 * @since 0.1
 */
public record ScriptCall<T extends @Nullable Object>(
        Script<T> script, List<byte[]> keys, List<byte[]> arguments, boolean repeatable) {

    public ScriptCall {
        if (keys.isEmpty() && !script.isCommand()) {
            throw new IllegalArgumentException("A call of " + script + " needs a key, which decides the cluster node");
        }
    }

    /** This call, marked as safe to send again when its reply was lost. */
    public ScriptCall<T> asRepeatable() {
        return new ScriptCall<>(script, keys, arguments, true);
    }

    byte[][] keysAndArguments() {
        byte[][] all = new byte[keys.size() + arguments.size()][];
        int next = 0;
        for (byte[] key : keys) {
            all[next++] = key;
        }
        for (byte[] argument : arguments) {
            all[next++] = argument;
        }
        return all;
    }
}
