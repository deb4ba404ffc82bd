package io.redisstate.stream.container;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has been read and is to be handled. Filled by the reader, emptied by the workers. */
interface WorkQueue {

    void add(Batch batch);

    /** What one worker is to do next, waiting for it; null when the queue is closed. */
    @Nullable
    List<Delivery> take() throws InterruptedException;

    /** Some are to be handled once more. */
    void again(List<Delivery> deliveries);

    /** One has ended; if it waits for another try, what is to come after it waits too. */
    void ended(Delivery delivery, boolean waitsForRetry);

    /** An entry will never come again, because it no longer exists. */
    void forget(String id);

    /** What has not been given out is returned, and forgotten together with what waits for another try. */
    List<Delivery> drain();

    /** Nothing is given out any more; what had not been is returned. */
    List<Delivery> close();
}
