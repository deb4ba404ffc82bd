package io.redisstate.stream.container;

import java.util.List;

/** The thread of a container that talks to its group. Running it ends when it is stopped; the rest is for any thread. */
interface ConsumerLoop extends Runnable {

    Membership member();

    ContainerState state();

    /** Whether its thread lives. */
    boolean isAlive();

    /** Whether it takes nothing more. */
    void pause(boolean now);

    /** Ends it after what is under way. */
    void stop();

    /** After its end: tells Redis what handlers have done. */
    void settle();

    /** After its end: keeps what is in work. */
    void signOfLife();

    /** After its end: gives back what has not been begun, and leaves the group if all else is settled. */
    void leave(boolean endedAll, List<Delivery> notBegun);

    /** Ends its connection. */
    void close();
}
