package io.redisstate.stream.container;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What a container counts, over all its starts. */
final class Counters {

    /** Of the present start: what handlers of an earlier one still settle is not counted. */
    volatile AtomicInteger inFlight = new AtomicInteger();

    final LongAdder read = new LongAdder();
    final LongAdder redelivered = new LongAdder();
    final LongAdder handled = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder deadLettered = new LongAdder();
    final LongAdder skipped = new LongAdder();
    final LongAdder lost = new LongAdder();
    final LongAdder takenAway = new LongAdder();
    final LongAdder outages = new LongAdder();
    volatile long pending;
    volatile long lag = -1;
    volatile long waiting;

    ContainerStatistics statistics(ContainerState state, String consumer) {
        return new ContainerStatistics(
                state,
                consumer,
                inFlight.get(),
                read.sum(),
                redelivered.sum(),
                handled.sum(),
                failed.sum(),
                deadLettered.sum(),
                skipped.sum(),
                lost.sum(),
                takenAway.sum(),
                outages.sum(),
                pending,
                lag,
                waiting);
    }
}
