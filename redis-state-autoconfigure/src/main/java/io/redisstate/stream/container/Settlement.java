package io.redisstate.stream.container;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Tells Redis what became of what was read. What can't be told now is kept, as work in flight, and told when Redis is
 * back. Thread-safe.
 */
abstract class Settlement {

    private static final Log LOG = LogFactory.getLog(Settlement.class);

    private final String id;
    private final Counters counters;
    private final Set<Batch> open = ConcurrentHashMap.newKeySet();
    private final Queue<Runnable> untold = new ConcurrentLinkedQueue<>();

    Settlement(ContainerOptions options, Counters counters) {
        this.id = options.id();
        this.counters = counters;
    }

    /** It has been handled, or need not be. */
    abstract void done(Delivery delivery);

    /** It failed and is to be tried again. What comes after it in order waits from now on. */
    abstract void retry(Delivery delivery, Duration delay);

    /** It is given up. */
    abstract void bury(Delivery delivery, Throwable failure);

    /** It is not this consumer's business any more; Redis is not told. */
    abstract void drop(Delivery delivery);

    /** There is room for more. */
    abstract void roomMade();

    final void opened(Batch batch) {
        counters.inFlight.addAndGet(batch.deliveries().size());
        open.add(batch);
    }

    final Collection<Batch> open() {
        return open;
    }

    /** The ids of all that is not settled. */
    final Collection<String> working() {
        List<String> ids = new ArrayList<>();
        open.forEach(batch -> batch.deliveries().forEach(delivery -> ids.add(delivery.id())));
        return ids;
    }

    final void settled(Batch batch, int count) {
        if (batch.settled(count)) {
            open.remove(batch);
        }
        counters.inFlight.addAndGet(-count);
        roomMade();
    }

    final void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException ex) {
            LOG.debug("Stream listener '" + id + "' can't settle messages now; it will", ex);
            untold.add(call);
        }
    }

    /** Tells Redis what could not be told; throws if it still can't. */
    final void tellUntold() {
        for (Runnable call = untold.peek(); call != null; call = untold.peek()) {
            call.run();
            untold.remove();
        }
    }
}
