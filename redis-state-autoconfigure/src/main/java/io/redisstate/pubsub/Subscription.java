package io.redisstate.pubsub;

import java.time.Duration;

/** A subscription of some listeners that stands until it is closed. */
interface Subscription extends AutoCloseable {

    /** Begins; never waits for Redis. */
    void start();

    /** Waits until it stands; false if it doesn't in time. */
    boolean awaitListening(Duration limit);

    boolean isListening();

    @Override
    void close();
}
