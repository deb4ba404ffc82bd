package io.redisstate.test;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.awaitility.Awaitility;

/** Signals to processes that the tests have started. */
final class Signals {

    private Signals() {}

    static void send(String signal, long pid) {
        try {
            new ProcessBuilder("kill", "-" + signal, String.valueOf(pid))
                    .redirectErrorStream(true)
                    .start()
                    .waitFor();
        } catch (IOException ex) {
            throw new CompletionException(ex);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /** SIGKILL, and waits until the process is gone. */
    static void kill(long pid) {
        ProcessHandle.of(pid).ifPresent(process -> {
            process.destroyForcibly();
            // Not by onExit(), which completes on the common pool: tests keep that busy.
            Awaitility.await().pollInterval(Duration.ofMillis(5)).until(() -> !process.isAlive());
        });
    }
}
