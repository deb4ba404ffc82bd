package io.redisstate.structure.script;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A method of a script interface: how its arguments become a call, and the reply its result. */
final class ScriptMethod {

    private final String name;
    private final Script<?> script;
    private final ScriptReply<?> reply;
    private final boolean repeatable;
    private final boolean[] keys;
    private final JsonCodec codec;

    private ScriptMethod(
            String name, Script<?> script, ScriptReply<?> reply, boolean repeatable, boolean[] keys, JsonCodec codec) {
        this.name = name;
        this.script = script;
        this.reply = reply;
        this.repeatable = repeatable;
        this.keys = keys;
        this.codec = codec;
    }

    static ScriptMethod of(Class<?> type, Method method, JsonCodec codec) {
        String name = type.getSimpleName() + "." + method.getName();
        RedisScript annotation = method.getAnnotation(RedisScript.class);
        if (annotation == null) {
            throw new IllegalArgumentException(name + " is neither default nor has @RedisScript");
        }
        Parameter[] parameters = method.getParameters();
        boolean[] keys = new boolean[parameters.length];
        boolean any = false;
        for (int i = 0; i < parameters.length; i++) {
            keys[i] = parameters[i].isAnnotationPresent(ScriptKey.class);
            any |= keys[i];
            Class<?> given = parameters[i].getType();
            if (keys[i] && given != String.class && !Collection.class.isAssignableFrom(given)) {
                throw new IllegalArgumentException(
                        name + ": a key is a String or a collection of them, not " + given.getName());
            }
        }
        if (!any) {
            throw new IllegalArgumentException(
                    name + " has no @ScriptKey; the key decides which node of a cluster runs the script");
        }
        ScriptReply<?> reply = ScriptReply.of(method.getGenericReturnType(), codec);
        String file = annotation.value().isEmpty() ? method.getName() : annotation.value();
        Script<?> script = Script.load(type, file, reply.raw());
        return new ScriptMethod(name, script, reply, annotation.repeatable(), keys, codec);
    }

    @Nullable
    Object run(CallExecutor calls, @Nullable Object[] arguments) {
        List<String> names = new ArrayList<>();
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < keys.length; i++) {
            Object argument = arguments[i];
            if (argument == null) {
                throw new IllegalArgumentException(name + ": argument " + (i + 1) + " is null; Redis knows no null");
            }
            if (keys[i]) {
                addKeys(argument, names);
            } else {
                addValues(argument, values);
            }
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException(name + " was called without a key");
        }
        return reply.read(execute(calls, script.call(names, values.toArray())));
    }

    private <T extends @Nullable Object> T execute(CallExecutor calls, ScriptCall<T> call) {
        return calls.execute(repeatable ? call.asRepeatable() : call);
    }

    private static void addKeys(Object argument, List<String> names) {
        if (argument instanceof Collection<?> several) {
            several.forEach(one -> names.add(String.valueOf(one)));
        } else {
            names.add(String.valueOf(argument));
        }
    }

    private void addValues(Object argument, List<Object> values) {
        if (argument instanceof Collection<?> several) {
            several.forEach(one -> addValues(one, values));
        } else if (argument instanceof Object[] several) {
            for (Object one : several) {
                addValues(one, values);
            }
        } else {
            values.add(value(argument));
        }
    }

    private Object value(Object argument) {
        if (argument instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        if (argument instanceof Duration time) {
            return time.toMillis();
        }
        if (argument instanceof Instant time) {
            return time.toEpochMilli();
        }
        if (argument instanceof Enum<?> constant) {
            return constant.name();
        }
        boolean plain = argument instanceof CharSequence
                || argument instanceof Number
                || argument instanceof Character
                || argument instanceof byte[];
        return plain ? argument : codec.encode(argument);
    }
}
