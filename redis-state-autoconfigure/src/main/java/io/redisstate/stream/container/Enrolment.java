package io.redisstate.stream.container;

import java.util.UUID;
import java.util.function.BiFunction;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/** Under which name a container is a member of its group. Joining is for one thread, looking for any. */
final class Enrolment {

    private static final Log LOG = LogFactory.getLog(Enrolment.class);
    private static final int MOST_NAMES = 1_000;

    private final ContainerOptions options;
    private volatile Membership member;
    private volatile boolean joined;
    private volatile long lastSign;
    private boolean everJoined;

    Enrolment(ContainerOptions options) {
        this.options = options;
        this.member = new Membership(options.consumer(), UUID.randomUUID() + ".", 0);
    }

    Membership member() {
        return member;
    }

    boolean isJoined() {
        return joined;
    }

    /** Whether the last sign of life is so young that nobody can have taken anything over. */
    boolean isSure() {
        return joined && System.nanoTime() - lastSign < options.minIdle().toNanos() / 2;
    }

    /** Whether nobody can have taken anything over that this membership has, as far as the time tells. */
    boolean holds(Membership held) {
        return joined
                && held.generation() == member.generation()
                && System.nanoTime() - lastSign < options.minIdle().toNanos();
    }

    /** A sign of life was given no earlier than then. */
    void signed(long nanoTime) {
        lastSign = nanoTime;
    }

    void left() {
        joined = false;
    }

    /** Others have taken its name. */
    void expelled() {
        LOG.warn("Stream consumer '" + member.consumer() + "' is no longer a member of group '" + options.group()
                + "': it gave no sign of life for " + options.minIdle() + ", or the group is new. It joins again");
        joined = false;
    }

    /**
     * Takes its name, or another that is free.
     *
     * @param ask asks for a membership, with the id at which a new group begins: {1 if registered; 1 if the group is new}
     */
    void join(BiFunction<Membership, String, long[]> ask) {
        String name = member.consumer();
        String start = everJoined ? "0" : options.startId();
        for (int number = 1; number <= MOST_NAMES; number++) {
            long begun = System.nanoTime();
            Membership joining = member.next(name);
            long[] reply = ask.apply(joining, start);
            if (reply[1] == 1 && everJoined) {
                LOG.warn("Group '" + options.group() + "' of stream '" + options.stream()
                        + "' was gone; it has been made again and begins with the first message");
            }
            if (reply[0] == 1) {
                member = joining;
                lastSign = begun;
                joined = true;
                everJoined = true;
                return;
            }
            name = options.consumer() + "-" + (number + 1);
        }
        throw new IllegalStateException("All of " + MOST_NAMES + " consumer names are taken: " + options.consumer());
    }
}
