package io.redisstate.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.springframework.util.FileSystemUtils;

/**
 * A real Redis server as a child process, on a loopback port and in a temporary directory of its own, without
 * persistence unless asked for. For development and tests, not for production: it has one process, no password and no
 * replica.
 *
 * <p>It ends with {@link #close()}, and also when this JVM dies in any way, kill -9 included: a shell holds the reading
 * end of a pipe from the JVM and kills the server when the pipe closes. Linux and macOS. Thread-safe.
 *
 * @since 0.1
 */
public final class EmbeddedRedisServer implements AutoCloseable {

    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);
    private static final Duration STOP_POLL = Duration.ofMillis(5);
    private static final int PORT_ATTEMPTS = 5;

    /**
     * Starts the server with stdin from nowhere, tells its pid, and kills it when our own stdin ends. An interrupt from the
     * terminal is for the JVM: a watch that it ended would leave the server behind. The shell has not waited for the server,
     * so its pid can't be another's.
     */
    private static final String WATCH =
            "trap '' INT HUP TERM; log=$1; shift; \"$@\" </dev/null >>\"$log\" 2>&1 & echo $!;"
                    + " exec 2>/dev/null; cat >/dev/null; kill -9 $!";

    private final Process watch;
    private final ProcessHandle server;
    private final Path directory;
    private final int port;

    private EmbeddedRedisServer(Process watch, ProcessHandle server, Path directory, int port) {
        this.watch = watch;
        this.server = server;
        this.directory = directory;
        this.port = port;
    }

    /**
     * Starts a server and waits until it answers, at most 20 s.
     *
     * @param port the port to listen on, or 0 for a free one
     * @param arguments more words for {@code redis-server}'s command line, such as {@code --maxmemory}, {@code 100mb}
     * @throws EmbeddedRedisException if the platform has no binary or the server does not start; with its log
     */
    public static EmbeddedRedisServer start(int port, List<String> arguments) {
        EmbeddedRedisException last = null;
        for (int attempt = 0; attempt < (port == 0 ? PORT_ATTEMPTS : 1); attempt++) {
            int chosen = freePort(port);
            Path directory = newDirectory();
            boolean started = false;
            try {
                EmbeddedRedisServer server = start(directory, RedisBinary.extractTo(directory), chosen, arguments);
                started = true;
                return server;
            } catch (EmbeddedRedisException ex) {
                last = ex;
                // "Address already in use", or "Address in use": as the C library has it.
                if (!String.valueOf(ex.getMessage()).contains("in use")) {
                    throw ex;
                }
            } finally {
                if (!started) {
                    deleteQuietly(directory);
                }
            }
        }
        throw new EmbeddedRedisException("The embedded Redis found no free port", last);
    }

    /** Leaves no process behind if it fails. */
    static EmbeddedRedisServer start(Path directory, Path binary, int port, List<String> arguments) {
        Path log = directory.resolve("redis.log");
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", WATCH, "redis-watch", log.toString()));
        command.add(binary.toString());
        command.addAll(withDefaults(directory, port, arguments));
        Process watch = null;
        EmbeddedRedisServer started = null;
        try {
            watch = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(watch.getInputStream(), StandardCharsets.US_ASCII));
            String pid = out.readLine();
            ProcessHandle server = ProcessHandle.of(Long.parseLong(String.valueOf(pid)))
                    .orElseThrow(() -> new EmbeddedRedisException("redis-server ended at once: " + text(log)));
            EmbeddedRedisServer answering = new EmbeddedRedisServer(watch, server, directory, port);
            answering.awaitAnswer(log);
            started = answering;
            return answering;
        } catch (IOException | NumberFormatException ex) {
            throw new EmbeddedRedisException("redis-server could not be run: " + text(log), ex);
        } finally {
            if (started == null && watch != null) {
                end(watch);
            }
        }
    }

    private static List<String> withDefaults(Path directory, int port, List<String> arguments) {
        List<String> all = new ArrayList<>();
        // A configuration file must come first.
        boolean file = !arguments.isEmpty() && !arguments.get(0).startsWith("--");
        if (file) {
            all.add(arguments.get(0));
        }
        all.addAll(List.of("--port", String.valueOf(port), "--bind", "127.0.0.1", "--dir", directory.toString()));
        if (!file) {
            all.addAll(List.of("--save", "", "--appendonly", "no"));
        }
        all.addAll(file ? arguments.subList(1, arguments.size()) : arguments);
        return all;
    }

    private void awaitAnswer(Path log) {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!answers()) {
            if (!server.isAlive() || System.nanoTime() > deadline) {
                throw new EmbeddedRedisException("redis-server did not start on port " + port + ": " + text(log));
            }
            pause();
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            socket.setSoTimeout(500);
            socket.getOutputStream().write("PING\r\nINFO server\r\n".getBytes(StandardCharsets.US_ASCII));
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            String line = in.readLine();
            if (line == null || line.startsWith("-LOADING")) {
                return false;
            }
            // An error other than that, such as NOAUTH, also shows that it serves.
            while (line != null && !line.startsWith("-") && !line.startsWith("process_id:")) {
                line = in.readLine();
            }
            // Another process may have taken the port since it was found free.
            return line != null && (line.startsWith("-") || line.equals("process_id:" + server.pid()));
        } catch (IOException ex) {
            return false;
        }
    }

    /** The loopback address it listens on. */
    public String host() {
        return "127.0.0.1";
    }

    /** The port it listens on. */
    public int port() {
        return port;
    }

    /** The process id of the server. */
    public long pid() {
        return server.pid();
    }

    /** The temporary directory it runs in. */
    public Path directory() {
        return directory;
    }

    /** Whether the process lives. */
    public boolean isAlive() {
        return server.isAlive();
    }

    /** Ends the server, by force if it has not ended after 5 s, and deletes its directory. */
    @Override
    public void close() {
        server.destroy();
        awaitEnd();
        stopProcesses();
        deleteQuietly(directory);
    }

    /** By looking: {@link ProcessHandle#onExit()} completes on the common pool, which the application may keep busy. */
    private void awaitEnd() {
        long deadline = System.nanoTime() + STOP_LIMIT.toNanos();
        while (server.isAlive()
                && deadline - System.nanoTime() > 0
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(STOP_POLL.toNanos());
        }
    }

    private void stopProcesses() {
        server.destroyForcibly();
        end(watch);
    }

    /** Closes its pipe, whereupon it kills the server and ends. */
    private static void end(Process watch) {
        boolean interrupted = Thread.interrupted();
        try {
            watch.getOutputStream().close();
            if (!watch.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                watch.destroyForcibly();
            }
        } catch (IOException ex) {
            watch.destroyForcibly();
        } catch (InterruptedException ex) {
            watch.destroyForcibly();
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The port if it is free, or any free one for 0. */
    private static int freePort(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return socket.getLocalPort();
        } catch (IOException ex) {
            throw new EmbeddedRedisException(
                    "The embedded Redis can't listen on port " + port + ": " + ex.getMessage(), ex);
        }
    }

    private static Path newDirectory() {
        try {
            return Files.createTempDirectory("redis-state-");
        } catch (IOException ex) {
            throw new EmbeddedRedisException("Can't make a temporary directory for the embedded Redis", ex);
        }
    }

    private static String text(Path log) {
        try {
            return Files.exists(log) ? Files.readString(log).strip() : "no log";
        } catch (IOException ex) {
            return "its log can't be read: " + ex.getMessage();
        }
    }

    private static void deleteQuietly(Path directory) {
        FileSystemUtils.deleteRecursively(directory.toFile());
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new EmbeddedRedisException("Interrupted while redis-server was starting", ex);
        }
    }
}
