package io.redisstate.stream.container;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.stream.StreamEntry;
import io.redisstate.stream.StreamKeys;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer of an ordered group says to the server. Every call can be repeated, but after a step whose reply was lost
 * only when what it read and took has been looked for.
 */
final class LaneProtocol {

    /** An entry was handled. */
    static final long DONE = -1;

    private static final Script<long[]> JOIN = Script.load(LaneProtocol.class, "join", Reply.LONGS);
    private static final Script<List<@Nullable Object>> STEP = Script.load(LaneProtocol.class, "lane-step", Reply.LIST);
    private static final Script<List<@Nullable Object>> SWEEP =
            Script.load(LaneProtocol.class, "lane-sweep", Reply.LIST);
    private static final Script<Long> BURY = Script.load(LaneProtocol.class, "lane-bury", Reply.LONG);
    private static final Script<Long> LEAVE = Script.load(LaneProtocol.class, "lane-leave", Reply.LONG);

    private final CallExecutor calls;
    private final ContainerOptions options;
    private final List<String> group;
    private final List<String> groupAndDead;

    /**
     * Entries of one lane that were taken together, and what became of them.
     *
     * @param what {@link #DONE}, or in how many ms the first is to be tried again, the others not having been begun
     */
    record Lot(List<Delivery> deliveries, long what) {

        Delivery first() {
            return deliveries.get(0);
        }
    }

    /** An entry that the leader has read, and its lane. */
    record Put(String id, String lane) {}

    /**
     * What a consumer wants.
     *
     * @param want how many entries
     * @param sign whether it gives a sign of life
     * @param mayLead whether it would lead
     * @param reads whether it would read then: all that has been read has its lane
     * @param suspect whether one of what it takes may be a suspect
     */
    record Wish(int want, boolean sign, boolean mayLead, boolean reads, boolean suspect) {}

    /**
     * An entry to work on.
     *
     * @param suspect whether it may be what its consumer died of, and is to be the only one of these in work
     */
    record Given(StreamEntry entry, long count, String lane, boolean suspect) {}

    /**
     * What there is.
     *
     * @param member whether the process still owns its name; the rest but {@code ours} is void if not
     * @param ours how many of each lot were its own
     * @param leading whether it leads
     * @param elected whether it leads from now on
     * @param pending -1 if not looked at
     * @param more whether more is to be handed on
     * @param enough whether there is no need to read
     * @param untilDeathMillis when the next of the others counts as dead, unless it gives a sign of life; -1 if there is
     *     none, or if not looked at
     * @param waiting how many have a lane
     */
    record Step(
            boolean member,
            List<Long> ours,
            boolean leading,
            boolean elected,
            long untilDueMillis,
            long pending,
            long lag,
            String lastRead,
            String bell,
            boolean more,
            boolean enough,
            List<String> lost,
            List<Given> given,
            List<StreamEntry> entries,
            long untilDeathMillis,
            long waiting) {}

    /**
     * A page of pending entries.
     *
     * @param last where to go on, or "" at the end
     */
    record Page(String last, List<String> lost, List<StreamEntry> unlaned) {}

    LaneProtocol(CallExecutor calls, StreamKeys keys, ContainerOptions options) {
        this.calls = calls;
        this.options = options;
        String stream = options.stream();
        String name = options.group();
        this.group = List.of(
                keys.stream(stream),
                keys.consumers(stream, name),
                keys.order(stream, name),
                keys.free(stream, name),
                keys.bell(stream, name));
        this.groupAndDead = new ArrayList<>(group);
        this.groupAndDead.add(keys.dead(stream, name));
    }

    String streamKey() {
        return group.get(0);
    }

    String bellKey() {
        return group.get(4);
    }

    /** {1 if registered; 1 if the group is new}. Consumers of an earlier group of the name have to join too. */
    long[] join(Membership member, String startId) {
        List<String> keys = List.of(group.get(0), group.get(1), group.get(1), group.get(2), group.get(3));
        return calls.execute(JOIN.call(
                        keys,
                        options.group(),
                        member.consumer(),
                        member.token(),
                        options.minIdle().toMillis(),
                        startId,
                        member.process())
                .asRepeatable());
    }

    Step step(Membership member, Wish wish, List<Put> putting, List<Lot> lots) {
        List<Object> arguments = new ArrayList<>(14 + 2 * putting.size() + 5 * lots.size());
        arguments.addAll(List.of(options.group(), member.consumer(), member.token(), member.process()));
        arguments.addAll(List.of(options.minIdle().toMillis(), wish.want(), wish.sign() ? 1 : 0));
        arguments.addAll(List.of(wish.mayLead() ? 1 : 0, wish.reads() ? 1 : 0));
        arguments.addAll(List.of(options.batchSize(), options.maxWaiting(), putting.size()));
        arguments.addAll(List.of(options.retry().maxAttempts(), wish.suspect() ? 1 : 0));
        for (Put put : putting) {
            arguments.add(put.id());
            arguments.add(put.lane());
        }
        for (Lot lot : lots) {
            arguments.add(lot.first().batch().membership().token());
            arguments.add(lot.what());
            arguments.add(lot.first().lane());
            arguments.add(lot.deliveries().size());
            lot.deliveries().forEach(delivery -> arguments.add(delivery.id()));
        }
        return stepOf(calls.execute(STEP.call(group, arguments.toArray())));
    }

    private static Step stepOf(List<@Nullable Object> reply) {
        List<Long> ours =
                listOf(reply.get(1)).stream().map(GroupProtocol::numberOf).toList();
        if (GroupProtocol.numberOf(reply.get(0)) == 0) {
            return new Step(
                    false, ours, false, false, -1, -1, -1, "", "", false, true, List.of(), List.of(), List.of(), -1, 0);
        }
        long leading = GroupProtocol.numberOf(reply.get(2));
        List<Given> given = new ArrayList<>();
        for (Object one : listOf(reply.get(11))) {
            List<?> parts = (List<?>) one;
            given.add(new Given(
                    new StreamEntry(textOf(parts.get(0)), StreamEntry.fieldsOf(parts.get(3))),
                    GroupProtocol.numberOf(parts.get(1)),
                    textOf(parts.get(2)),
                    GroupProtocol.numberOf(parts.get(4)) == 1));
        }
        return new Step(
                true,
                ours,
                leading > 0,
                leading == 2,
                GroupProtocol.numberOf(reply.get(3)),
                GroupProtocol.numberOf(reply.get(4)),
                GroupProtocol.numberOf(reply.get(5)),
                textOf(reply.get(6)),
                textOf(reply.get(7)),
                GroupProtocol.numberOf(reply.get(8)) == 1,
                GroupProtocol.numberOf(reply.get(9)) == 1,
                GroupProtocol.idsOf(reply.get(10)),
                given,
                StreamEntry.listOf(listOf(reply.get(12))),
                GroupProtocol.numberOf(reply.get(13)),
                GroupProtocol.numberOf(reply.get(14)));
    }

    /**
     * A look at what nobody works on.
     *
     * @param unlaned for what has no lane; null is returned if the process does not lead. Else for its own
     */
    @Nullable
    Page sweep(Membership member, boolean unlaned, String after, Collection<String> working) {
        List<Object> arguments = new ArrayList<>(6 + working.size());
        arguments.addAll(List.of(options.group(), member.consumer(), member.token(), unlaned ? 1 : 0, after));
        arguments.add(options.retry().maxAttempts());
        arguments.addAll(working);
        List<@Nullable Object> reply =
                calls.execute(SWEEP.call(group, arguments.toArray()).asRepeatable());
        return reply.isEmpty()
                ? null
                : new Page(
                        textOf(reply.get(0)),
                        GroupProtocol.idsOf(reply.get(1)),
                        StreamEntry.listOf(listOf(reply.get(2))));
    }

    long bury(Membership member, Delivery delivery, List<byte[]> fields) {
        List<Object> arguments = new ArrayList<>(7 + fields.size());
        arguments.addAll(List.of(
                options.group(),
                member.consumer(),
                delivery.batch().membership().token(),
                member.process(),
                delivery.id(),
                options.deadLetterLimit(),
                options.retry().maxAttempts()));
        arguments.addAll(fields);
        return calls.execute(BURY.call(groupAndDead, arguments.toArray()).asRepeatable());
    }

    void leave(Membership member, boolean endedAll, List<Delivery> notBegun) {
        List<Object> arguments = new ArrayList<>(5 + notBegun.size());
        arguments.addAll(List.of(options.group(), member.consumer(), member.token(), endedAll ? 1 : 0));
        arguments.add(options.retry().maxAttempts());
        notBegun.forEach(delivery -> arguments.add(delivery.id()));
        long unused = calls.execute(LEAVE.call(group, arguments.toArray()));
    }

    private static String textOf(@Nullable Object element) {
        return Objects.requireNonNull(Reply.text(element));
    }

    private static List<?> listOf(@Nullable Object element) {
        return (List<?>) Objects.requireNonNull(element);
    }
}
