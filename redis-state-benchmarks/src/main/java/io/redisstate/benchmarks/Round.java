package io.redisstate.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What one subject did in one slice of time.
 *
 * @param operations units of work
 * @param seconds the time they took
 * @param latencies in ns
 * @param commands what the server ran meanwhile
 * @param loads runs of loaders meanwhile
 * @param most units of the busiest thread
 * @param least units of the idlest thread
 */
record Round(long operations, double seconds, Histogram latencies, long commands, long loads, long most, long least) {

    static Round of(Subject subject, Target target, int threads, Duration slice) throws Exception {
        List<CompletableFuture<Histogram>> workers = new ArrayList<>();
        CountDownLatch start = new CountDownLatch(1);
        long[] end = new long[1];
        for (int i = 0; i < threads; i++) {
            int thread = i;
            CompletableFuture<Histogram> worker = new CompletableFuture<>();
            workers.add(worker);
            new Thread(() -> work(subject, thread, start, end, worker), "worker-" + i).start();
        }
        long before = target.commands();
        long loadsBefore = subject.loadsSoFar();
        long begun = System.nanoTime();
        end[0] = begun + slice.toNanos();
        start.countDown();
        Histogram all = newHistogram();
        long most = 0;
        long least = Long.MAX_VALUE;
        for (CompletableFuture<Histogram> worker : workers) {
            Histogram own = result(worker);
            all.add(own);
            most = Math.max(most, own.getTotalCount());
            least = Math.min(least, own.getTotalCount());
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        return new Round(
                all.getTotalCount(),
                seconds,
                all,
                target.commands() - before,
                subject.loadsSoFar() - loadsBefore,
                most,
                least);
    }

    /** This round, as if it had lasted no longer than its units of work. */
    Round timedByLatency(int threads) {
        double busy = latencies.getMean() * operations / 1e9 / threads;
        return new Round(operations, busy, latencies, commands, loads, most, least);
    }

    private static Histogram result(CompletableFuture<Histogram> worker) throws InterruptedException {
        try {
            return worker.get();
        } catch (ExecutionException ex) {
            throw new IllegalStateException("A worker failed", ex.getCause());
        }
    }

    private static void work(
            Subject subject, int thread, CountDownLatch start, long[] end, CompletableFuture<Histogram> done) {
        Histogram latencies = newHistogram();
        try {
            start.await();
            long now = System.nanoTime();
            do {
                long begun = now;
                long latency = subject.work().run(thread);
                now = System.nanoTime();
                latencies.recordValue(Math.min(latency < 0 ? now - begun : latency, TimeUnit.MINUTES.toNanos(5)));
            } while (end[0] - now > 0);
            done.complete(latencies);
        } catch (Throwable ex) {
            done.completeExceptionally(ex);
        }
    }

    private static Histogram newHistogram() {
        return new Histogram(TimeUnit.MINUTES.toNanos(5), 3);
    }

    double opsPerSecond() {
        return operations / seconds;
    }

    double percentileMicros(double percentile) {
        return latencies.getValueAtPercentile(percentile) / 1e3;
    }

    double commandsPerOperation() {
        return (double) commands / operations;
    }

    double loadsPerOperation() {
        return (double) loads / operations;
    }

    double maxOverMin() {
        return (double) most / Math.max(1, least);
    }
}
