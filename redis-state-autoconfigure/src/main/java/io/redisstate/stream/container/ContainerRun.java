package io.redisstate.stream.container;

import io.redisstate.core.BlockingConnection;
import io.redisstate.core.FeatureThreads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/** One life of a container, from start to stop. */
final class ContainerRun {

    private static final Log LOG = LogFactory.getLog(ContainerRun.class);
    private static final Duration INTERRUPTED = Duration.ofMillis(500);

    private final ContainerOptions options;
    private final Counters counters;
    private final FeatureThreads threads;
    private final WorkQueue queue;
    private final GroupLoop loop;
    private final Workers workers;
    private final CountDownLatch read = new CountDownLatch(1);
    private volatile boolean stopping;

    ContainerRun(StreamContainer.Parts parts, Counters counters) {
        this.options = parts.options();
        this.counters = counters;
        this.threads = new FeatureThreads("stream-" + options.id(), parts.virtualThreads(), INTERRUPTED);
        BlockingConnection connection = BlockingConnection.of(parts.connections(), options.block());
        if (parts.order() == null) {
            this.queue = new SharedWork(parts.with().wholeBatches());
            this.loop = new ReadLoop(parts, connection, queue, counters);
        } else {
            LaneWork work = new LaneWork();
            this.queue = work;
            this.loop = new LaneLoop(
                    parts, parts.lanes(), connection, task -> threads.executor().execute(task), work, counters);
        }
        this.workers = new Workers(options, parts.with(), queue, loop.settlement(), counters);
    }

    void start() {
        workers.start(threads.executor());
        threads.executor().execute(() -> {
            try {
                loop.run();
            } finally {
                read.countDown();
            }
        });
    }

    GroupLoop loop() {
        return loop;
    }

    ContainerState state() {
        return stopping ? ContainerState.STOPPING : loop.state();
    }

    /** Ends the reading, lets handlers end within the time there is, settles what they did and leaves the group. */
    void stop() {
        stopping = true;
        long deadline = System.nanoTime() + options.shutdownTimeout().toNanos();
        loop.stop();
        workers.beginStopping();
        try {
            boolean readerEnded = read.await(options.block().plusSeconds(10).toMillis(), TimeUnit.MILLISECONDS);
            List<Delivery> notBegun = new ArrayList<>(queue.close());
            giveBack(false, notBegun);
            boolean ended = readerEnded && awaitHandlers(deadline, notBegun);
            notBegun.addAll(workers.notBegun());
            if (!ended) {
                workers.abandon();
                LOG.warn("Stream listener '" + options.id() + "' stops with "
                        + (counters.inFlight.get() - notBegun.size())
                        + " messages in work; others take them over after " + options.minIdle());
            }
            attempt("settle messages", loop::settle);
            giveBack(ended, notBegun);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        } finally {
            counters.inFlight = new AtomicInteger();
            loop.close();
            threads.close();
        }
    }

    /** Gives signs of life meanwhile; messages acknowledged by hand may be in work without a handler. */
    private boolean awaitHandlers(long deadline, List<Delivery> notBegun) throws InterruptedException {
        while (true) {
            boolean ended = workers.awaitEnd(
                    Duration.ofMillis(Math.max(0, Math.min(options.tick().toMillis(), millisTo(deadline)))));
            attempt("settle messages", loop::settle);
            int left = counters.inFlight.get()
                    - notBegun.size()
                    - workers.notBegun().size();
            if (ended && left <= 0) {
                return true;
            }
            if (millisTo(deadline) <= 0) {
                return false;
            }
            if (ended) {
                TimeUnit.MILLISECONDS.sleep(Math.min(20, options.tick().toMillis()));
            }
            attempt("give a sign of life", loop::signOfLife);
        }
    }

    private static long millisTo(long deadline) {
        return TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }

    private void giveBack(boolean ended, List<Delivery> notBegun) {
        attempt("leave the group; others notice after " + options.minIdle(), () -> loop.leave(ended, notBegun));
    }

    private void attempt(String what, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException ex) {
            LOG.debug("Stream listener '" + options.id() + "' stops and can't " + what, ex);
        }
    }
}
