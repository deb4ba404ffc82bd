package io.redisstate.structure.script;

import io.redisstate.core.JsonCodec;
import io.redisstate.core.Reply;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a script's reply becomes a method's result.
 *
 * @param raw what to ask the client for
 * @param reader makes the result
 */
record ScriptReply<T extends @Nullable Object>(Reply<T> raw, Function<T, @Nullable Object> reader) {

    static ScriptReply<?> of(Type type, JsonCodec codec) {
        if (type instanceof Class<?> plain) {
            return ofClass(plain, codec);
        }
        if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
            Type[] arguments = generic.getActualTypeArguments();
            if (raw == List.class) {
                return new ScriptReply<>(Reply.LIST, list -> elements(list, arguments[0], codec));
            }
            if (raw == Map.class && arguments[0] == String.class && arguments[1] == String.class) {
                return new ScriptReply<>(Reply.LIST, ScriptReply::map);
            }
            if (raw == Optional.class) {
                return new ScriptReply<>(
                        Reply.BYTES, bytes -> Optional.ofNullable(element(bytes, arguments[0], codec)));
            }
        }
        return new ScriptReply<>(Reply.BYTES, bytes -> element(bytes, type, codec));
    }

    private static ScriptReply<?> ofClass(Class<?> type, JsonCodec codec) {
        if (type == long.class || type == Long.class) {
            return new ScriptReply<>(Reply.LONG, number -> number);
        }
        if (type == int.class || type == Integer.class) {
            return new ScriptReply<>(Reply.LONG, Math::toIntExact);
        }
        if (type == boolean.class || type == Boolean.class) {
            return new ScriptReply<>(Reply.LONG, number -> number != 0);
        }
        if (type == void.class) {
            return new ScriptReply<>(Reply.NONE, reply -> null);
        }
        return new ScriptReply<>(Reply.BYTES, bytes -> element(bytes, type, codec));
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // what the raw reply reads is of its type
    @Nullable
    Object read(@Nullable Object reply) {
        return reader.apply((T) reply);
    }

    private static List<@Nullable Object> elements(List<@Nullable Object> list, Type type, JsonCodec codec) {
        List<@Nullable Object> elements = new ArrayList<>(list.size());
        list.forEach(one -> elements.add(element(one, type, codec)));
        return elements;
    }

    private static Map<String, String> map(List<@Nullable Object> list) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i + 1 < list.size(); i += 2) {
            map.put(String.valueOf(Reply.text(list.get(i))), String.valueOf(Reply.text(list.get(i + 1))));
        }
        return map;
    }

    private static @Nullable Object element(@Nullable Object one, Type type, JsonCodec codec) {
        if (one == null || type == Object.class || type == byte[].class) {
            return one;
        }
        if (type == String.class) {
            return Reply.text(one);
        }
        if (type == Long.class) {
            return Long.valueOf(String.valueOf(Reply.text(one)));
        }
        return one instanceof byte[] json ? codec.decode(json, type) : one;
    }
}
