package io.redisstate.test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Another JVM running a main class of the tests, which can be paused and killed. */
public final class JavaProcess implements AutoCloseable {

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Thread reader;

    private JavaProcess(Process process) {
        this.process = process;
        this.reader = new Thread(this::read, "output-of-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts {@code main} on this JVM's class path and Java. */
    public static JavaProcess start(Class<?> main, String... arguments) {
        return start(List.of(), main, arguments);
    }

    /** As {@link #start(Class, String...)} with options for the JVM. */
    public static JavaProcess start(List<String> jvmOptions, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        try {
            return new JavaProcess(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private void read() {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                add(line);
            }
        } catch (IOException ex) {
            add("(output ended: " + ex.getMessage() + ")");
        }
    }

    private synchronized void add(String line) {
        lines.add(line);
        notifyAll();
    }

    /** All lines it has printed so far. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    /** The first line that starts with the prefix, waiting for it. */
    public synchronized String awaitLine(String prefix, Duration limit) throws InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            for (String line : lines) {
                if (line.startsWith(prefix)) {
                    return line;
                }
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new TimeoutException("No line starts with '" + prefix + "' in: " + lines);
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** Writes a line to its standard input. */
    public void send(String line) {
        try {
            Writer in = process.outputWriter(StandardCharsets.UTF_8);
            in.write(line + System.lineSeparator());
            in.flush();
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    public long pid() {
        return process.pid();
    }

    /** SIGKILL. */
    public void kill() {
        Signals.kill(process.pid());
    }

    /** SIGTERM: it is asked to end. */
    public void terminate() {
        Signals.send("TERM", process.pid());
    }

    /** SIGSTOP. */
    public void pause() {
        Signals.send("STOP", process.pid());
    }

    /** SIGCONT. */
    public void resume() {
        Signals.send("CONT", process.pid());
    }

    /** Waits for its end and gives the exit code. */
    public int waitFor(Duration limit) throws InterruptedException, TimeoutException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new TimeoutException("The process still runs; its output: " + lines);
        }
        reader.join(limit.toMillis());
        return process.exitValue();
    }

    @Override
    public void close() {
        resume();
        kill();
    }
}
