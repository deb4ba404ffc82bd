package io.redisstate.stream.container;

import io.redisstate.core.BlockingConnection;
import io.redisstate.core.KeySpace;
import io.redisstate.stream.AckMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads new entries, on a connection of its own. */
final class GroupReader implements AutoCloseable {

    private static final byte[] GROUP = KeySpace.bytes("GROUP");
    private static final byte[] COUNT = KeySpace.bytes("COUNT");
    private static final byte[] BLOCK = KeySpace.bytes("BLOCK");
    private static final byte[] NOACK = KeySpace.bytes("NOACK");
    private static final byte[] STREAMS = KeySpace.bytes("STREAMS");
    private static final byte[] NEW = KeySpace.bytes(">");

    private final BlockingConnection connection;
    private final byte[] stream;
    private final byte[] group;
    private final boolean acknowledged;

    GroupReader(BlockingConnection connection, String streamKey, ContainerOptions options) {
        this.connection = connection;
        this.stream = KeySpace.bytes(streamKey);
        this.group = KeySpace.bytes(options.group());
        this.acknowledged = options.ackMode() != AckMode.NONE;
    }

    /** Entries as {@code [id, [field, value, ...]]}; none if none has come in time. */
    List<?> read(String consumer, int count, long blockMillis) {
        byte[] name = KeySpace.bytes(consumer);
        byte[] most = KeySpace.bytes(Integer.toString(count));
        byte[] block = KeySpace.bytes(Long.toString(blockMillis));
        Object reply = acknowledged
                ? connection.execute(
                        "XREADGROUP", 8, GROUP, group, name, COUNT, most, BLOCK, block, STREAMS, stream, NEW)
                : connection.execute(
                        "XREADGROUP", 9, GROUP, group, name, COUNT, most, BLOCK, block, NOACK, STREAMS, stream, NEW);
        return entriesOf(reply);
    }

    /** RESP 2 has {@code [[stream, entries]]}, RESP 3 {@code [stream, entries]}. */
    private static List<?> entriesOf(@Nullable Object reply) {
        if (!(reply instanceof List<?> list) || list.isEmpty()) {
            return List.of();
        }
        List<?> streamAndEntries = list.get(0) instanceof List<?> pair ? pair : list;
        return (List<?>) streamAndEntries.get(1);
    }

    void unblock() {
        connection.unblock();
    }

    @Override
    public void close() {
        connection.close();
    }
}
