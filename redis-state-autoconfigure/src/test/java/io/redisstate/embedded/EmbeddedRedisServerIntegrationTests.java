package io.redisstate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.redisstate.test.JavaProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("redis")
class EmbeddedRedisServerIntegrationTests {

    @Test
    void closingLeavesNeitherProcessNorFiles() {
        EmbeddedRedisServer server = EmbeddedRedisServer.start(0, List.of());
        assertThat(server.isAlive()).isTrue();
        assertThat(Files.exists(server.directory())).isTrue();

        server.close();

        assertThat(ProcessHandle.of(server.pid()).filter(ProcessHandle::isAlive))
                .isEmpty();
        assertThat(Files.exists(server.directory())).isFalse();
    }

    @Test
    void killingTheJvmEndsTheServer() throws Exception {
        try (JavaProcess jvm = JavaProcess.start(Owner.class)) {
            long pid =
                    Long.parseLong(jvm.awaitLine("pid ", Duration.ofSeconds(30)).substring(4));
            assertThat(ProcessHandle.of(pid)).isPresent();

            jvm.kill();

            await().atMost(Duration.ofSeconds(10))
                    .until(() ->
                            ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
        }
    }

    @Test
    void anInterruptFromTheTerminalDoesNotLeaveTheServerBehind() throws Exception {
        try (JavaProcess jvm = JavaProcess.start(Owner.class)) {
            long pid =
                    Long.parseLong(jvm.awaitLine("pid ", Duration.ofSeconds(30)).substring(4));
            // A terminal sends it to all processes of the group: here to the watch, which must outlive it.
            for (ProcessHandle child :
                    ProcessHandle.of(jvm.pid()).orElseThrow().children().toList()) {
                assertThat(new ProcessBuilder(
                                        "/bin/sh", "-c", "kill -INT " + child.pid() + "; kill -TERM " + child.pid())
                                .start()
                                .waitFor())
                        .isZero();
            }

            jvm.kill();

            await().atMost(Duration.ofSeconds(10))
                    .until(() ->
                            ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
        }
    }

    @Test
    void aTakenPortIsNamed() {
        try (EmbeddedRedisServer first = EmbeddedRedisServer.start(0, List.of())) {
            assertThatExceptionOfType(EmbeddedRedisException.class)
                    .isThrownBy(() -> EmbeddedRedisServer.start(first.port(), List.of()))
                    .withMessageContaining("port " + first.port())
                    .withMessageContaining("in use");
        }
    }

    @Test
    void anotherRedisOnThePortIsNotTakenForIt(@TempDir Path directory) {
        try (EmbeddedRedisServer other = EmbeddedRedisServer.start(0, List.of())) {
            // It has taken the port after that was found to be free.
            assertThatExceptionOfType(EmbeddedRedisException.class)
                    .isThrownBy(() -> EmbeddedRedisServer.start(
                            directory, RedisBinary.extractTo(directory), other.port(), List.of()))
                    .withMessageContaining("in use");
            assertThat(other.isAlive()).isTrue();
        }
    }

    @Test
    void anInterruptDuringTheStartLeavesNoProcessBehind(@TempDir Path directory) throws Exception {
        Path silent = Files.writeString(directory.resolve("silent"), "#!/bin/sh\nexec sleep 600\n");
        assertThat(silent.toFile().setExecutable(true)).isTrue();
        Set<ProcessHandle> before = descendants();
        Thread.currentThread().interrupt();

        assertThatExceptionOfType(EmbeddedRedisException.class)
                .isThrownBy(() -> EmbeddedRedisServer.start(directory, silent, 0, List.of()))
                .withMessageContaining("Interrupted");

        assertThat(Thread.interrupted()).isTrue();
        await().atMost(Duration.ofSeconds(10)).until(() -> before.containsAll(descendants()));
    }

    private static Set<ProcessHandle> descendants() {
        return ProcessHandle.current().descendants().collect(Collectors.toSet());
    }

    @Test
    void aBadArgumentShowsWhatRedisSaysAboutIt() {
        assertThatExceptionOfType(EmbeddedRedisException.class)
                .isThrownBy(() -> EmbeddedRedisServer.start(0, List.of("--no-such-option", "1")))
                .withMessageContaining("no-such-option");
    }

    @ParameterizedTest
    @CsvSource({
        "Linux, amd64, redis-server-7.0.15-linux-amd64",
        "Linux, aarch64, redis-server-7.0.15-linux-arm64",
        "Mac OS X, x86_64, redis-server-7.0.15-darwin-amd64",
        "Mac OS X, aarch64, redis-server-7.0.15-darwin-arm64"
    })
    void eachPlatformHasItsBinary(String os, String arch, String resource) {
        assertThat(RedisBinary.resourceName(os, arch)).isEqualTo(resource);
        assertThat(RedisBinary.class.getResource("/" + resource)).isNotNull();
    }

    @Test
    void aPlatformWithoutBinaryIsToldWhatToDo() {
        assertThatExceptionOfType(EmbeddedRedisException.class)
                .isThrownBy(() -> RedisBinary.resourceName("Windows 11", "amd64"))
                .withMessageContaining("Windows 11 on amd64")
                .withMessageContaining("spring.data.redis.host");
    }

    static final class Owner {

        public static void main(String[] arguments) throws InterruptedException {
            System.out.println("pid " + EmbeddedRedisServer.start(0, List.of()).pid());
            new CountDownLatch(1).await();
        }
    }
}
