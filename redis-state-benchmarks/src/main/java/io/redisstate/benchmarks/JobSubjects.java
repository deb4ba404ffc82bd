package io.redisstate.benchmarks;

import io.redisstate.job.JobQueue;
import io.redisstate.job.JobQueues;
import io.redisstate.job.JobRequest;
import io.redisstate.job.JobWorker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import redis.clients.jedis.RedisClient;

/**
 * Who enqueues and works on jobs that do nothing, with a payload of 200 bytes. The floor is a bare list, which loses the jobs
 * of a worker that dies.
 */
final class JobSubjects {

    static final int CONCURRENCY = 10;
    static final int BULK = 100;
    static final int PROCESSED = 5_000;

    private static final String NAME = "bench";

    /** What all of them carry. */
    record Payload(int order, String to, String text) {}

    private static final Payload PAYLOAD = new Payload(4711, "ada@example.org", "x".repeat(150));
    private static final byte[] LIST = "floor:jobs".getBytes(StandardCharsets.UTF_8);
    private static final byte[] JSON = ("{\"order\":4711,\"to\":\"ada@example.org\",\"text\":\"" + "x".repeat(150)
                    + "\"}")
            .getBytes(StandardCharsets.UTF_8);

    private final Target target;

    JobSubjects(Target target) {
        this.target = target;
    }

    /** Does many units at a time and hands them out one by one, for each thread. */
    private static final class Portions implements Subject.Work {

        private final List<long[]> portions = new ArrayList<>();
        private final int[] next;
        private final Portion portion;

        Portions(int threads, Portion portion) {
            this.portion = portion;
            this.next = new int[threads];
            for (int i = 0; i < threads; i++) {
                portions.add(new long[0]);
            }
        }

        @Override
        public long run(int thread) throws Exception {
            if (next[thread] == portions.get(thread).length) {
                portions.set(thread, portion.run());
                next[thread] = 0;
            }
            return portions.get(thread)[next[thread]++];
        }
    }

    /** Several units; the ns of each. */
    @FunctionalInterface
    private interface Portion {
        long[] run() throws Exception;
    }

    private static long[] mean(int count, long begun) {
        long[] all = new long[count];
        Arrays.fill(all, (System.nanoTime() - begun) / count);
        return all;
    }

    // Enqueueing

    List<Subject> enqueue(int threads) {
        RedisClient jedis = target.jedis();
        List<Subject> all = new ArrayList<>();
        all.add(Subject.of(Subject.FLOOR, closing(jedis, () -> jedis.del(LIST)), thread -> jedis.rpush(LIST, JSON)));
        Ours ours = new Ours(target);
        all.add(Subject.of(Subject.US, ours, thread -> ours.queue.enqueue(JobRequest.of("noop", PAYLOAD))));
        addBullMq(all, threads, "enqueue", 200);
        return all;
    }

    List<Subject> bulkEnqueue(int threads) {
        RedisClient jedis = target.jedis();
        List<Subject> all = new ArrayList<>();
        byte[][] payloads = new byte[BULK][];
        Arrays.fill(payloads, JSON);
        all.add(new Subject(
                Subject.FLOOR,
                new Portions(threads, () -> {
                    long begun = System.nanoTime();
                    jedis.rpush(LIST, payloads);
                    return mean(BULK, begun);
                }),
                closing(jedis, () -> jedis.del(LIST))));
        Ours ours = new Ours(target);
        all.add(new Subject(
                Subject.US,
                new Portions(threads, () -> {
                    long begun = System.nanoTime();
                    ours.queue.enqueueAll(Collections.nCopies(BULK, JobRequest.of("noop", PAYLOAD)));
                    return mean(BULK, begun);
                }),
                ours));
        addBullMq(all, threads, "bulk", BULK);
        return all;
    }

    // Working

    List<Subject> process() {
        RedisClient jedis = target.jedis();
        List<Subject> all = new ArrayList<>();
        byte[][] payloads = new byte[PROCESSED][];
        Arrays.fill(payloads, JSON);
        all.add(new Subject(
                Subject.FLOOR,
                new Portions(1, () -> {
                    jedis.rpush(LIST, payloads);
                    long begun = System.nanoTime();
                    for (int left = PROCESSED; left > 0; left -= 50) {
                        jedis.lpop(LIST, 50);
                    }
                    return mean(PROCESSED, begun);
                }),
                closing(jedis, () -> jedis.del(LIST))));
        Ours ours = new Ours(target);
        ours.work();
        all.add(new Subject(
                Subject.US,
                new Portions(1, () -> {
                    ours.queue.pause();
                    ours.queue.enqueueAll(Collections.nCopies(PROCESSED, JobRequest.of("noop", PAYLOAD)));
                    CountDownLatch done = new CountDownLatch(PROCESSED);
                    ours.started.set(done::countDown);
                    long begun = System.nanoTime();
                    ours.queue.resume();
                    done.await();
                    return mean(PROCESSED, begun);
                }),
                ours));
        addBullMq(all, 1, "process", PROCESSED);
        return all;
    }

    List<Subject> latency() {
        RedisClient jedis = target.jedis();
        RedisClient other = target.jedis();
        LinkedBlockingQueue<Long> popped = new LinkedBlockingQueue<>();
        AtomicBoolean ended = new AtomicBoolean();
        Thread worker = new Thread(
                () -> {
                    while (!ended.get()) {
                        if (other.blpop(1, LIST) != null) {
                            popped.add(System.nanoTime());
                        }
                    }
                    other.close();
                },
                "floor-worker");
        worker.setDaemon(true);
        worker.start();
        List<Subject> all = new ArrayList<>();
        all.add(new Subject(
                Subject.FLOOR,
                thread -> {
                    long begun = System.nanoTime();
                    jedis.rpush(LIST, JSON);
                    return popped.take() - begun;
                },
                Target.all(() -> ended.set(true), worker::join, jedis)));
        Ours ours = new Ours(target);
        ours.work();
        LinkedBlockingQueue<Long> begun = new LinkedBlockingQueue<>();
        ours.started.set(() -> begun.add(System.nanoTime()));
        all.add(new Subject(
                Subject.US,
                thread -> {
                    long before = System.nanoTime();
                    ours.queue.enqueue(JobRequest.of("noop", PAYLOAD));
                    return begun.take() - before;
                },
                ours));
        addBullMq(all, 1, "latency", 20);
        return all;
    }

    private void addBullMq(List<Subject> all, int threads, String work, int count) {
        BullMqProcess.start(target, CONCURRENCY)
                .ifPresent(process -> all.add(new Subject(
                        "bullmq",
                        new Portions(threads, () -> process.run(work, count)),
                        Target.all(() -> process.run("clear", 0), process))));
    }

    private static AutoCloseable closing(RedisClient jedis, Runnable before) {
        return Target.all(before::run, jedis);
    }

    /** Our queue, and a worker if it is asked for. */
    private static final class Ours implements AutoCloseable {

        private final AtomicReference<Runnable> started = new AtomicReference<>(() -> {});
        private final JedisConnectionFactory connections;
        private final JobQueues queues;
        private final JobQueue queue;
        private final JobWorker worker;

        Ours(Target target) {
            connections = target.connections();
            queues = JobQueues.builder(connections).keyPrefix("bench").build();
            queue = queues.queue(NAME);
            worker = queues.worker(NAME)
                    .concurrency(CONCURRENCY)
                    .handler("noop", Payload.class, (payload, context) -> {
                        started.get().run();
                        return null;
                    })
                    .build();
        }

        void work() {
            worker.start();
        }

        @Override
        public void close() {
            worker.close();
            queue.drain(true);
            queues.close();
            connections.destroy();
        }
    }
}
