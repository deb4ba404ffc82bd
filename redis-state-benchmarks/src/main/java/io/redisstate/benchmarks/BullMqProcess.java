package io.redisstate.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * BullMQ under Node, which does units of work when asked. It is there if the property {@code bench.bullmq} names a directory
 * with {@code bullmq.mjs} and the installed packages, as the Maven profile {@code bullmq} makes it.
 */
final class BullMqProcess implements AutoCloseable {

    private final Process process;
    private final Writer in;
    private final AtomicLong calls = new AtomicLong();
    private final Map<String, CompletableFuture<long[]>> open = new ConcurrentHashMap<>();

    private BullMqProcess(Process process) {
        this.process = process;
        this.in = process.outputWriter(StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "bullmq-output");
        reader.setDaemon(true);
        reader.start();
    }

    static Optional<BullMqProcess> start(Target target, int concurrency) {
        String directory = System.getProperty("bench.bullmq", "");
        if (directory.isBlank() || !Files.isDirectory(Path.of(directory, "node_modules", "bullmq"))) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BullMqProcess(new ProcessBuilder(
                            "node",
                            "bullmq.mjs",
                            target.host(),
                            Integer.toString(target.port()),
                            Integer.toString(concurrency))
                    .directory(Path.of(directory).toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start()));
        } catch (IOException ex) {
            throw new UncheckedIOException("BullMQ can't be started: is node on the path?", ex);
        }
    }

    /** Does so many units and gives the ns of each. */
    long[] run(String work, int count) throws Exception {
        String call = Long.toString(calls.incrementAndGet());
        CompletableFuture<long[]> answer = new CompletableFuture<>();
        open.put(call, answer);
        synchronized (in) {
            in.write(call + ' ' + work + ' ' + count + '\n');
            in.flush();
        }
        return answer.get();
    }

    private void read() {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                String[] words = line.split(" ", -1);
                CompletableFuture<long[]> answer = open.remove(words[0]);
                if (answer != null) {
                    answer.complete(Arrays.stream(words)
                            .skip(1)
                            .mapToLong(Long::parseLong)
                            .toArray());
                }
            }
        } catch (IOException ex) {
            System.err.println("BullMQ's output ended: " + ex);
        }
        open.values().forEach(answer -> answer.completeExceptionally(new IllegalStateException("BullMQ has ended")));
    }

    @Override
    public void close() {
        process.destroy();
    }
}
