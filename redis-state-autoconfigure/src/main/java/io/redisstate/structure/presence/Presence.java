package io.redisstate.structure.presence;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.FeatureThreads;
import io.redisstate.core.KeySpace;
import io.redisstate.core.WakeUps;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who is there: members of rooms that are heard of within a timeout.
 *
 * <p>Lists and counts are exact by the server's clock: a member that was not heard of for the timeout is not in them, whether or not
 * anybody has noticed. Listeners are told of everyone who comes, leaves or expires, in the same order in all processes, an
 * expiry within a second of it; the events are kept in a stream, so one that is away for a moment misses none. Keys are all in one
 * cluster slot: a sorted set for each room, one of the rooms, one of the listening processes, a stream.
 *
 * <p>Each operation is one script and one round trip. A process that listens, or holds members, asks once in each
 * {@link #tick()} besides. Thread-safe.
 *
 * @since 0.1
 */
public final class Presence implements AutoCloseable {

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST_TICK = Duration.ofSeconds(1);

    private final PresenceProtocol protocol;
    private final Duration tick;
    private final PresenceHolds holds;
    private final PresenceEvents events;

    /**
     * A presence; {@link #close()} ends what it does in the background.
     *
     * @param keys what its keys are built from
     * @param timeout how long a member is there after it was heard of, from 100 ms
     * @param wakeUps tells of events
     * @param threads its ticks and listeners run on; ended by their owner
     */
    public Presence(
            CallExecutor calls, KeySpace keys, String name, Duration timeout, WakeUps wakeUps, FeatureThreads threads) {
        if (timeout.compareTo(SHORTEST) < 0) {
            throw new IllegalArgumentException(
                    "The timeout of presence '" + name + "' is " + timeout + "; allowed is 100 ms or more");
        }
        this.protocol = new PresenceProtocol(calls, keys, name, timeout);
        this.tick = timeout.dividedBy(4).compareTo(LONGEST_TICK) < 0 ? timeout.dividedBy(4) : LONGEST_TICK;
        this.holds = new PresenceHolds(protocol, timeout.dividedBy(3), threads);
        this.events = new PresenceEvents(protocol, tick, wakeUps, threads);
    }

    /** How often a process that listens looks for members that have expired: a quarter of the timeout, at most a second. */
    public Duration tick() {
        return tick;
    }

    /** A member is there, or still there, and counts so for the timeout; true if it was not there before. */
    public boolean heartbeat(String room, String member) {
        return heartbeat(room, List.of(member)) > 0;
    }

    /** As {@link #heartbeat(String, String)} for many, up to 5,000; returns how many were not there before. */
    public long heartbeat(String room, Collection<String> members) {
        if (members.isEmpty() || members.size() > 5_000) {
            throw new IllegalArgumentException("Heard of " + members.size() + " members; allowed is 1 to 5000 at once");
        }
        return protocol.calls().execute(protocol.join(room, members));
    }

    /** A member is there until the result is closed: this process says so in time, for all it holds in one pipeline. */
    public PresenceHold hold(String room, String member) {
        return holds.hold(room, member);
    }

    /** A member is not there any more; false if it was not. */
    public boolean leave(String room, String member) {
        return protocol.calls().execute(protocol.leave(room, List.of(member))) > 0;
    }

    /** Whether a member is there. */
    public boolean isPresent(String room, String member) {
        return protocol.isThere(room, member);
    }

    /** How many members are there. */
    public long count(String room) {
        return (Long) Objects.requireNonNull(protocol.list(room, 0).get(0));
    }

    /**
     * Who is there, last heard of first.
     *
     * @param count how many at most, from 1
     */
    public Set<String> members(String room, int count) {
        if (count < 1) {
            throw new IllegalArgumentException("Asked for " + count + " members; allowed is 1 or more");
        }
        Set<String> members = new LinkedHashSet<>();
        List<@Nullable Object> reply = protocol.list(room, count);
        reply.subList(1, reply.size()).forEach(member -> members.add(PresenceProtocol.text(member)));
        return members;
    }

    /**
     * Tells of everyone who comes or goes in any room from now on, one after the other on a thread of its own. What the
     * listener throws is logged.
     *
     * @return ends it when closed
     */
    public AutoCloseable listen(Consumer<PresenceEvent> listener) {
        return events.listen(listener);
    }

    /** Ends listening and holding; members that are held are not there any more after the timeout. */
    @Override
    public void close() {
        holds.close();
        events.close();
    }
}
