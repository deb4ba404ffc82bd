package io.redisstate.cache.write;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One cache's queue of writes in Redis. Thread-safe. */
final class WriteQueue {

    private static final Script<List<@Nullable Object>> TAKE = Script.load(WriteQueue.class, "take", Reply.LIST);
    private static final Script<Long> DONE = Script.load(WriteQueue.class, "done", Reply.LONG);
    private static final Script<Long> BURY = Script.load(WriteQueue.class, "bury", Reply.LONG);
    private static final Script<Long> RELEASE = Script.load(WriteQueue.class, "release", Reply.LONG);
    private static final Script<List<@Nullable Object>> DEAD = Script.load(WriteQueue.class, "dead", Reply.LIST);
    private static final Script<Long> REDRIVE = Script.load(WriteQueue.class, "redrive", Reply.LONG);
    private static final int STATE = 4;
    private static final int FIELDS = 4;

    /** A batch ends with the value that reaches this, so that many large ones are not held at once. */
    private static final int BATCH_BYTES = 8 << 20;

    private final CallExecutor calls;
    private final WriteKeys keys;

    WriteQueue(CallExecutor calls, WriteKeys keys) {
        this.calls = calls;
        this.keys = keys;
    }

    /** What a process may write now, if it is the one to write. */
    record Taken(boolean mine, long pending, long dead, Duration age, List<PendingWrite> writes) {}

    /** A write given up, as it lies there. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Buried(String text, Instant at, String error, byte[] key, byte[] entry) {}

    /** Some of the dead letters, and where to go on; "0" is the beginning and the end. */
    record Page(String cursor, List<Buried> letters) {}

    /** Takes or renews the lease and reads what is due; with a size of 0 nothing. */
    Taken take(String owner, Duration lease, int size, Duration delay) {
        List<@Nullable Object> reply = calls.execute(TAKE.call(
                        List.of(keys.lease(), keys.order(), keys.pending(), keys.dead()),
                        owner,
                        lease.toMillis(),
                        size,
                        delay.toMillis(),
                        BATCH_BYTES)
                .asRepeatable());
        List<PendingWrite> writes = new ArrayList<>();
        for (int i = STATE; i < reply.size(); i += FIELDS) {
            byte[] value = bytes(reply.get(i + 3));
            int line = indexOf(value, 0);
            writes.add(new PendingWrite(
                    text(reply.get(i)),
                    text(reply.get(i + 1)),
                    bytes(reply.get(i + 2)),
                    new String(value, 0, line, StandardCharsets.US_ASCII),
                    Arrays.copyOfRange(value, line + 1, value.length)));
        }
        return new Taken(
                number(reply.get(0)) == 1,
                number(reply.get(1)),
                number(reply.get(2)),
                Duration.ofMillis(number(reply.get(3))),
                writes);
    }

    /** Takes out of the queue what has been written; false if somebody else has the lease. */
    boolean done(String owner, List<PendingWrite> writes) {
        List<Object> arguments = new ArrayList<>(1 + FIELDS * writes.size());
        arguments.add(owner);
        for (PendingWrite write : writes) {
            arguments.addAll(List.of(write.id(), write.text(), write.key(), write.number()));
        }
        return calls.execute(DONE.call(queue(), arguments.toArray()).asRepeatable()) >= 0;
    }

    /** Makes a dead letter of a write; false if somebody else has the lease. */
    boolean bury(String owner, PendingWrite write, String error) {
        return calls.execute(BURY.call(queue(), owner, write.id(), write.text(), write.key(), write.number(), error)
                        .asRepeatable())
                >= 0;
    }

    void release(String owner) {
        calls.execute(RELEASE.call(List.of(keys.lease()), owner).asRepeatable());
    }

    Page dead(String cursor, int count) {
        List<@Nullable Object> reply =
                calls.execute(DEAD.call(List.of(keys.dead()), cursor, count).asRepeatable());
        List<Buried> letters = new ArrayList<>();
        for (int i = 1; i + 1 < reply.size(); i += 2) {
            letters.add(buried(text(reply.get(i)), bytes(reply.get(i + 1))));
        }
        return new Page(text(reply.get(0)), letters);
    }

    private static Buried buried(String text, byte[] data) {
        int line = indexOf(data, 0);
        String[] head = new String(data, 0, line, StandardCharsets.US_ASCII).split(" ", -1);
        int errorEnd = line + 1 + Integer.parseInt(head[1]);
        int keyEnd = errorEnd + Integer.parseInt(head[2]);
        return new Buried(
                text,
                Instant.ofEpochMilli(Long.parseLong(head[0])),
                new String(data, line + 1, errorEnd - line - 1, StandardCharsets.UTF_8),
                Arrays.copyOfRange(data, errorEnd, keyEnd),
                Arrays.copyOfRange(data, keyEnd, data.length));
    }

    /** Puts a dead letter back into the queue, unless a later write of the key is there; false if there is none. */
    boolean redrive(String text) {
        return calls.execute(REDRIVE.call(List.of(keys.dead(), keys.order(), keys.pending(), keys.number()), text)) > 0;
    }

    private List<String> queue() {
        return List.of(keys.lease(), keys.order(), keys.pending(), keys.dead());
    }

    private static int indexOf(byte[] data, int from) {
        int at = from;
        while (data[at] != '\n') {
            at++;
        }
        return at;
    }

    private static long number(@Nullable Object element) {
        return (Long) Objects.requireNonNull(element);
    }

    private static String text(@Nullable Object element) {
        return Objects.requireNonNull(Reply.text(element));
    }

    private static byte[] bytes(@Nullable Object element) {
        return (byte[]) Objects.requireNonNull(element);
    }
}
