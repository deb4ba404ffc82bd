package io.redisstate.stream.container;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import io.redisstate.stream.StreamEntry;
import io.redisstate.stream.StreamKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a consumer says to the server, but for reading. Every call can be repeated. */
final class GroupProtocol {

    private static final Script<long[]> JOIN = Script.load(GroupProtocol.class, "join", Reply.LONGS);
    private static final Script<List<@Nullable Object>> TICK = Script.load(GroupProtocol.class, "tick", Reply.LIST);
    private static final Script<List<@Nullable Object>> SWEEP = Script.load(GroupProtocol.class, "sweep", Reply.LIST);
    private static final Script<Long> XACK = Script.command("XACK", Reply.LONG);
    private static final Script<Long> SETTLE = Script.load(GroupProtocol.class, "settle", Reply.LONG);
    private static final Script<Long> BURY = Script.load(GroupProtocol.class, "bury", Reply.LONG);
    private static final Script<Long> LEAVE = Script.load(GroupProtocol.class, "leave", Reply.LONG);

    private final CallExecutor calls;
    private final ContainerOptions options;
    private final List<String> group;
    private final List<String> groupAndDead;

    /**
     * An entry that changed hands.
     *
     * @param suspect whether it may be what its consumer died of, and is to be the only one of these in work
     */
    record Given(StreamEntry entry, long count, boolean suspect) {}

    /**
     * The state of the group.
     *
     * @param member whether the process still owns its name; the rest is void if not
     * @param untilDueMillis -1 if nothing waits for another try
     * @param more whether more could be given were more wanted
     * @param untilDeathMillis when the next of the others counts as dead, unless it gives a sign of life; -1 if there is
     *     none
     */
    record Tick(
            boolean member,
            long untilDueMillis,
            boolean more,
            long pending,
            long lag,
            List<String> lost,
            List<Given> given,
            long untilDeathMillis) {

        static final Tick LEFT = new Tick(false, -1, false, 0, -1, List.of(), List.of(), -1);
    }

    /**
     * A page of pending entries.
     *
     * @param last where to go on, or "" at the end
     */
    record Page(String last, List<String> lost, List<Given> given) {}

    GroupProtocol(CallExecutor calls, StreamKeys keys, ContainerOptions options) {
        this.calls = calls;
        this.options = options;
        this.group = List.of(
                keys.stream(options.stream()),
                keys.consumers(options.stream(), options.group()),
                keys.retries(options.stream(), options.group()));
        this.groupAndDead = new ArrayList<>(group);
        this.groupAndDead.add(keys.dead(options.stream(), options.group()));
    }

    String streamKey() {
        return group.get(0);
    }

    /** {1 if registered; 1 if the group is new}. */
    long[] join(Membership member, String startId) {
        return calls.execute(JOIN.call(
                        group,
                        options.group(),
                        member.consumer(),
                        member.token(),
                        options.minIdle().toMillis(),
                        startId,
                        member.process())
                .asRepeatable());
    }

    /**
     * A sign of life. Not repeated where it takes something: the first reply may have been lost with what it gave.
     *
     * @param suspect whether one of what it takes may be a suspect
     */
    Tick tick(Membership member, int want, boolean suspect) {
        ScriptCall<List<@Nullable Object>> call = TICK.call(
                group,
                options.group(),
                member.consumer(),
                member.token(),
                options.minIdle().toMillis(),
                want,
                options.retry().maxAttempts(),
                suspect ? 1 : 0);
        List<@Nullable Object> reply = calls.execute(want > 0 ? call : call.asRepeatable());
        if (numberOf(reply.get(0)) == 0) {
            return Tick.LEFT;
        }
        return new Tick(
                true,
                numberOf(reply.get(1)),
                numberOf(reply.get(2)) == 1,
                numberOf(reply.get(3)),
                numberOf(reply.get(4)),
                idsOf(reply.get(5)),
                givenOf(reply.get(6)),
                numberOf(reply.get(7)));
    }

    /** Null if the process no longer owns its name. */
    @Nullable
    Page sweep(Membership member, String after, int want, Collection<String> working) {
        List<Object> arguments = new ArrayList<>(working.size() + 6);
        arguments.addAll(List.of(options.group(), member.consumer(), member.token(), after, want));
        arguments.add(options.retry().maxAttempts());
        arguments.addAll(working);
        List<@Nullable Object> reply =
                calls.execute(SWEEP.call(group, arguments.toArray()).asRepeatable());
        return reply.isEmpty()
                ? null
                : new Page(
                        Objects.requireNonNull(Reply.text(reply.get(0))), idsOf(reply.get(1)), givenOf(reply.get(2)));
    }

    /**
     * How many of them were still pending. For a consumer that has given a sign of life a moment ago: should it be paused
     * right now and others take over, what it acknowledges has been handled all the same.
     */
    long acknowledge(List<Delivery> deliveries) {
        Object[] arguments = new Object[1 + deliveries.size()];
        arguments[0] = options.group();
        for (int i = 0; i < deliveries.size(); i++) {
            arguments[1 + i] = deliveries.get(i).id();
        }
        return calls.execute(XACK.call(group.subList(0, 1), arguments).asRepeatable());
    }

    /** How many of them were still this consumer's. */
    long acknowledge(Membership member, List<Delivery> deliveries) {
        return settle(member, -1, deliveries);
    }

    long retry(Membership member, Duration delay, List<Delivery> deliveries) {
        return settle(member, Math.max(0, delay.toMillis()), deliveries);
    }

    private long settle(Membership member, long delay, List<Delivery> deliveries) {
        Object[] arguments = new Object[5 + deliveries.size()];
        arguments[0] = options.group();
        arguments[1] = member.consumer();
        arguments[2] = member.token();
        arguments[3] = member.process();
        arguments[4] = delay;
        for (int i = 0; i < deliveries.size(); i++) {
            arguments[5 + i] = deliveries.get(i).id();
        }
        return calls.execute(SETTLE.call(group, arguments).asRepeatable());
    }

    long bury(Membership member, Delivery delivery, List<byte[]> fields) {
        List<Object> arguments = new ArrayList<>(5 + fields.size());
        arguments.addAll(List.of(
                options.group(), member.consumer(), member.process(), delivery.id(), options.deadLetterLimit()));
        arguments.addAll(fields);
        return calls.execute(BURY.call(groupAndDead, arguments.toArray()).asRepeatable());
    }

    void leave(Membership member, boolean endedAll, List<Delivery> notBegun) {
        List<Object> arguments = new ArrayList<>(4 + notBegun.size());
        arguments.addAll(List.of(options.group(), member.consumer(), member.token(), endedAll ? 1 : 0));
        notBegun.forEach(delivery -> arguments.add(delivery.id()));
        long unused = calls.execute(LEAVE.call(group, arguments.toArray()));
    }

    static long numberOf(@Nullable Object element) {
        return element instanceof Long number ? number : Long.parseLong(Objects.requireNonNull(Reply.text(element)));
    }

    static List<String> idsOf(@Nullable Object element) {
        List<String> ids = new ArrayList<>();
        for (Object id : (List<?>) Objects.requireNonNull(element)) {
            ids.add(Objects.requireNonNull(Reply.text(id)));
        }
        return ids;
    }

    private static List<Given> givenOf(@Nullable Object element) {
        List<Given> given = new ArrayList<>();
        for (Object one : (List<?>) Objects.requireNonNull(element)) {
            List<?> parts = (List<?>) one;
            given.add(new Given(
                    new StreamEntry(
                            Objects.requireNonNull(Reply.text(parts.get(0))), StreamEntry.fieldsOf(parts.get(2))),
                    numberOf(parts.get(1)),
                    parts.size() > 3 && numberOf(parts.get(3)) == 1));
        }
        return given;
    }
}
