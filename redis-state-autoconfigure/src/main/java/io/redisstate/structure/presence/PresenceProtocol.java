package io.redisstate.structure.presence;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The scripts of a presence as calls; all keys of a name are in one slot. */
final class PresenceProtocol {

    private static final Script<Long> JOIN = Script.load(PresenceProtocol.class, "join", Reply.LONG);
    private static final Script<Long> LEAVE = Script.load(PresenceProtocol.class, "leave", Reply.LONG);
    private static final Script<Long> SWEEP = Script.load(PresenceProtocol.class, "sweep", Reply.LONG);
    private static final Script<List<@Nullable Object>> DUE = load("due");
    private static final Script<List<@Nullable Object>> LIST = load("list");
    private static final Script<List<@Nullable Object>> EVENTS = load("events");
    private static final int EVENTS_KEPT = 10_000;
    private static final Duration KEEP_AFTER = Duration.ofHours(1);

    /** An event and its id. */
    record Numbered(String id, PresenceEvent event) {}

    private final CallExecutor calls;
    private final KeySpace keys;
    private final String name;
    private final Duration timeout;

    PresenceProtocol(CallExecutor calls, KeySpace keys, String name, Duration timeout) {
        this.calls = calls;
        this.keys = keys;
        this.name = name;
        this.timeout = timeout;
    }

    /** What the process's wake-up channel is told: one line, whatever the name is. */
    String topic() {
        return keys.key(name).replace('\n', ' ');
    }

    CallExecutor calls() {
        return calls;
    }

    ScriptCall<Long> join(String room, Collection<String> members) {
        return change(JOIN, room, timeout.toMillis(), members);
    }

    ScriptCall<Long> leave(String room, Collection<String> members) {
        return change(LEAVE, room, null, members);
    }

    void sweep(String room) {
        calls.execute(change(SWEEP, room, null, List.of()));
    }

    List<String> due(String channel, Duration listening) {
        List<@Nullable Object> rooms = calls.execute(
                DUE.call(List.of(keys.key(name, "rooms"), keys.key(name, "listeners")), channel, listening.toMillis())
                        .asRepeatable());
        return rooms.stream().map(PresenceProtocol::text).toList();
    }

    List<@Nullable Object> list(String room, int count) {
        return calls.execute(LIST.call(List.of(roomKey(room)), count).asRepeatable());
    }

    boolean isThere(String room, String member) {
        return Long.valueOf(1)
                .equals(calls.execute(
                                LIST.call(List.of(roomKey(room)), 0, member).asRepeatable())
                        .get(0));
    }

    String lastEvent() {
        return text(calls.execute(
                        EVENTS.call(List.of(keys.key(name, "events")), "$").asRepeatable())
                .get(0));
    }

    List<Numbered> eventsAfter(String id) {
        List<@Nullable Object> reply =
                calls.execute(EVENTS.call(List.of(keys.key(name, "events")), id).asRepeatable());
        List<Numbered> events = new ArrayList<>();
        for (int i = 0; i < reply.size(); i += 4) {
            String next = text(reply.get(i));
            Instant time = Instant.ofEpochMilli(Long.parseLong(next.substring(0, next.indexOf('-'))));
            PresenceEvent.Kind kind =
                    PresenceEvent.Kind.valueOf(text(reply.get(i + 1)).toUpperCase(Locale.ROOT));
            events.add(
                    new Numbered(next, new PresenceEvent(kind, text(reply.get(i + 2)), text(reply.get(i + 3)), time)));
        }
        return events;
    }

    private ScriptCall<Long> change(
            Script<Long> script, String room, @Nullable Object extra, Collection<String> members) {
        List<Object> arguments = new ArrayList<>(
                List.of(topic(), EVENTS_KEPT, timeout.plus(KEEP_AFTER).toMillis(), room));
        if (extra != null) {
            arguments.add(extra);
        }
        arguments.addAll(members);
        return script.call(
                        List.of(
                                keys.key(name, "rooms"),
                                keys.key(name, "events"),
                                keys.key(name, "listeners"),
                                roomKey(room)),
                        arguments.toArray())
                .asRepeatable();
    }

    private String roomKey(String room) {
        return keys.key(name, "room:" + room);
    }

    static String text(@Nullable Object element) {
        return Objects.requireNonNull(Reply.text(element));
    }

    private static Script<List<@Nullable Object>> load(String file) {
        return Script.load(PresenceProtocol.class, file, Reply.LIST);
    }
}
