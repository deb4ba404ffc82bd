package io.redisstate.structure.queue;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The scripts of one queue as calls; items are bytes. */
final class QueueProtocol {

    /** An end of a queue. */
    enum End {
        FIRST("LPUSH", "LPOP", 0),
        LAST("RPUSH", "RPOP", -1);

        private final String push;
        private final String pop;
        private final int index;

        End(String push, String pop, int index) {
            this.push = push;
            this.pop = pop;
            this.index = index;
        }
    }

    private static final Script<Long> PUSH = Script.load(QueueProtocol.class, "push", Reply.LONG);
    private static final Script<List<@Nullable Object>> POP = Script.load(QueueProtocol.class, "pop", Reply.LIST);
    private static final Script<byte @Nullable []> PEEK = Script.command("LINDEX", Reply.BYTES);
    private static final Script<Long> SIZE = Script.command("LLEN", Reply.LONG);
    private static final Script<Long> UNLINK = Script.command("UNLINK", Reply.LONG);

    private final CallExecutor calls;
    private final List<String> keys;
    private final QueueOptions options;

    QueueProtocol(CallExecutor calls, KeySpace keys, String name, QueueOptions options) {
        this.calls = calls;
        this.keys = List.of(keys.key(name), keys.key(name, "wait"));
        this.options = options;
    }

    /** What waiting processes are told: one line, whatever the name is. */
    String topic() {
        return keys.get(0).replace('\n', ' ');
    }

    boolean push(End end, List<byte[]> items) {
        List<Object> arguments =
                new ArrayList<>(List.of(end.push, options.capacity(), options.timeToLiveMillis(), topic()));
        arguments.addAll(items);
        return calls.execute(PUSH.call(keys, arguments.toArray())) >= 0;
    }

    List<byte[]> pop(End end, int count) {
        return items(calls.execute(POP.call(keys, end.pop, count)));
    }

    /** One item; if there is none, the channel is told when one comes. */
    List<byte[]> popOrWait(End end, String channel, Duration wait) {
        return items(calls.execute(POP.call(keys, end.pop, 1, channel, wait.toMillis())));
    }

    byte @Nullable [] peek(End end) {
        return calls.execute(PEEK.call(keys.subList(0, 1), end.index).asRepeatable());
    }

    long size() {
        return calls.execute(SIZE.call(keys.subList(0, 1)).asRepeatable());
    }

    void clear() {
        calls.execute(UNLINK.call(keys.subList(0, 1)).asRepeatable());
    }

    private static List<byte[]> items(List<@Nullable Object> reply) {
        return reply.stream().map(item -> (byte[]) Objects.requireNonNull(item)).toList();
    }
}
