package io.redisstate.stream.event;

import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.stream.Publication;
import io.redisstate.stream.Published;
import io.redisstate.stream.StreamEntry;
import io.redisstate.stream.StreamMessage;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A stream as the record of what has happened: appended to, never changed, read from any position as often as one likes.
 *
 * <p>A position is the id of the last event seen, or {@link #BEGINNING}. An append and a read cost one round trip; what
 * follows the stream has a connection and a thread of its own. Thread-safe.
 *
 * @param <T> what events have in common
 * @since 0.1
 */
public final class EventStream<T> {

    /** Before the first event. */
    public static final String BEGINNING = "0";

    /** After the last event there is, when one begins to follow. */
    public static final String NOW = "$";

    private static final Script<List<@Nullable Object>> RANGE = Script.command("XRANGE", Reply.LIST);
    private static final Script<List<@Nullable Object>> BACKWARDS = Script.command("XREVRANGE", Reply.LIST);
    private static final Script<Long> LENGTH = Script.command("XLEN", Reply.LONG);
    private static final Script<Long> PROJECT = Script.load(EventStream.class, "project", Reply.LONG);
    private static final Script<byte @Nullable []> POSITION = Script.load(EventStream.class, "position", Reply.BYTES);
    private static final int PAGE = 200;

    private final EventParts parts;

    EventStream(EventParts parts) {
        this.parts = parts;
    }

    /** Its name. */
    public String name() {
        return parts.name();
    }

    /**
     * Appends an event.
     *
     * @return its id
     */
    public String append(T event) {
        return append(Publication.of(event)).id();
    }

    /** Appends an event with headers, or with a message key, by which it is appended only once. */
    public Published append(Publication event) {
        return parts.publisher().publish(name(), event);
    }

    /** Appends events in their order. */
    public List<String> appendAll(List<? extends T> events) {
        return parts
                .publisher()
                .publishAll(
                        name(),
                        events.stream().map(event -> Publication.of(event)).toList())
                .stream()
                .map(Published::id)
                .toList();
    }

    /** How many events there are. */
    public long length() {
        return parts.calls().execute(LENGTH.call(List.of(parts.streamKey())).asRepeatable());
    }

    /** The id of the last event; {@link #BEGINNING} if there is none. */
    public String last() {
        List<StreamEntry> last = StreamEntry.listOf(parts.calls()
                .execute(BACKWARDS
                        .call(List.of(parts.streamKey()), "+", "-", "COUNT", 1)
                        .asRepeatable()));
        return last.isEmpty() ? BEGINNING : last.get(0).id();
    }

    /**
     * The next events after a position.
     *
     * @param limit how many at most
     */
    public List<StreamMessage<T>> read(String position, int limit) {
        return StreamEntry.listOf(parts.calls()
                        .execute(RANGE.call(List.of(parts.streamKey()), "(" + position, "+", "COUNT", limit)
                                .asRepeatable()))
                .stream()
                .map(entry -> parts.<T>message(entry))
                .toList();
    }

    /**
     * Gives all events after a position that there are now to a reader, page by page.
     *
     * @return the position of the last one
     */
    public String replay(String position, Consumer<? super StreamMessage<T>> reader) {
        String reached = position;
        for (List<StreamMessage<T>> page = read(reached, PAGE); !page.isEmpty(); page = read(reached, PAGE)) {
            page.forEach(reader);
            reached = page.get(page.size() - 1).id();
        }
        return reached;
    }

    /**
     * Gives a projection all events it has not yet seen, and stores how far it has come after each page and before a
     * failure goes on to the caller. A process that dies in between repeats a part of a page.
     *
     * @param projection its name, under which its position is stored
     * @return how many events it was given
     * @throws ProjectionMovedException if another process moves it too
     */
    public long project(String projection, Consumer<? super StreamMessage<T>> reader) {
        long seen = 0;
        String stored = positionOf(projection).orElse("");
        String token = UUID.randomUUID().toString();
        while (true) {
            List<StreamMessage<T>> page = read(stored.isEmpty() ? BEGINNING : stored, PAGE);
            if (page.isEmpty()) {
                return seen;
            }
            stored = project(projection, token, stored, page, reader);
            seen += page.size();
        }
    }

    private String project(
            String projection,
            String token,
            String stored,
            List<StreamMessage<T>> page,
            Consumer<? super StreamMessage<T>> reader) {
        String reached = stored;
        try {
            for (StreamMessage<T> event : page) {
                reader.accept(event);
                reached = event.id();
            }
        } finally {
            if (!reached.equals(stored)) {
                store(projection, token, stored, reached);
            }
        }
        return reached;
    }

    void store(String projection, String token, String from, String to) {
        long moved = parts.calls()
                .execute(PROJECT.call(List.of(parts.keys().positions(name())), projection, from, to, token)
                        .asRepeatable());
        if (moved == 0) {
            throw new ProjectionMovedException(name(), projection);
        }
    }

    /** The id of the last event a projection has seen; empty if none. */
    public Optional<String> positionOf(String projection) {
        return position(projection, 0);
    }

    /** Forgets a projection's position, so that it begins with the first event again. */
    public void reset(String projection) {
        Optional<String> unused = position(projection, 1);
    }

    private Optional<String> position(String projection, int forget) {
        return Optional.ofNullable(Reply.text(parts.calls()
                .execute(POSITION.call(List.of(parts.keys().positions(name())), projection, forget)
                        .asRepeatable())));
    }

    /**
     * All events after a position, then each as it is appended, to each subscriber on a thread and a connection of its own,
     * as fast as it asks for them. Lost connections are renewed; an event that can't be read ends it with the failure.
     *
     * @param position {@link #BEGINNING}, {@link #NOW}, or the id of the last event seen
     */
    public Flow.Publisher<StreamMessage<T>> follow(String position) {
        return subscriber -> new EventSubscription<T>(parts, position, subscriber).start();
    }

    /**
     * Keeps a projection up to date: gives it what it has not yet seen, then each event as it is appended, and stores its
     * position after each; on a thread of its own. A reader that throws ends it, and so does another process that moves the
     * same projection; while Redis is gone it waits.
     *
     * @param ended told once when it ends: with the failure, or null if it was closed
     * @return ends it when closed
     */
    public AutoCloseable keepProjected(
            String projection, Consumer<? super StreamMessage<T>> reader, Consumer<@Nullable Throwable> ended) {
        LiveProjection<T> live = new LiveProjection<>(this, projection, reader, ended);
        live.start();
        return live;
    }
}
