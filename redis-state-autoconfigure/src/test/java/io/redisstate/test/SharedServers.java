package io.redisstate.test;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.GenericContainer;

/** Chooses and keeps what all tests of a JVM share. */
final class SharedServers {

    static final String URL = "REDIS_STATE_TEST_URL";

    private SharedServers() {}

    static RedisServer redis() {
        String url = setting();
        if (url != null) {
            return RedisServer.at(URI.create(url));
        }
        return closedAtTheEnd(dockerAnswers() ? container() : RedisServer.start());
    }

    static <T extends AutoCloseable> T closedAtTheEnd(T server) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            try {
                                server.close();
                            } catch (Exception ex) {
                                throw new IllegalStateException("A shared Redis did not end", ex);
                            }
                        },
                        "shared-redis-end"));
        return server;
    }

    private static @Nullable String setting() {
        String url = System.getProperty(URL, System.getenv(URL));
        return url == null || url.isBlank() ? null : url;
    }

    /** Asks Docker's own client, whose answer comes at once; Testcontainers' search takes seconds where there is none. */
    private static boolean dockerAnswers() {
        if (!Files.exists(Path.of("/var/run/docker.sock")) && System.getenv("DOCKER_HOST") == null) {
            return false;
        }
        return org.testcontainers.DockerClientFactory.instance().isDockerAvailable();
    }

    @SuppressWarnings("resource") // Testcontainers removes it with the JVM
    private static RedisServer container() {
        GenericContainer<?> redis = new GenericContainer<>("redis:8").withExposedPorts(6379);
        redis.start();
        return RedisServer.at(URI.create("redis://" + redis.getHost() + ":" + redis.getMappedPort(6379)));
    }
}
