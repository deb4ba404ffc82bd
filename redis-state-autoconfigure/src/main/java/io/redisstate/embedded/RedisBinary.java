package io.redisstate.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;

/** The {@code redis-server} program inside {@code org.signal:embedded-redis} that suits this machine. */
final class RedisBinary {

    private static final String ARTIFACT = "org.signal:embedded-redis:0.9.1";
    private static final String VERSION = "7.0.15";

    private RedisBinary() {}

    /** Copies the program into the directory and makes it executable. */
    static Path extractTo(Path directory) {
        String resource = resourceName(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
        try (InputStream in = RedisBinary.class.getResourceAsStream("/" + resource)) {
            if (in == null) {
                throw new EmbeddedRedisException("There is no " + resource + " on the class path; add the dependency "
                        + ARTIFACT + ", or set spring.data.redis.host to use another Redis");
            }
            Path binary = directory.resolve("redis-server");
            Files.copy(in, binary);
            Files.setPosixFilePermissions(binary, PosixFilePermissions.fromString("rwx------"));
            return binary;
        } catch (IOException ex) {
            throw new EmbeddedRedisException("Can't write redis-server to " + directory, ex);
        }
    }

    /**
     * The name of the program for a platform, as Java's system properties name it.
     *
     * @throws EmbeddedRedisException if there is none
     */
    static String resourceName(String osName, String osArch) {
        String os = osName.toLowerCase(Locale.ROOT);
        String arch =
                switch (osArch.toLowerCase(Locale.ROOT)) {
                    case "amd64", "x86_64" -> "amd64";
                    case "aarch64", "arm64" -> "arm64";
                    case "x86", "i386", "i686" -> "386";
                    default -> "";
                };
        boolean mac = os.contains("mac") || os.contains("darwin");
        boolean supported = !arch.isEmpty() && (mac ? !arch.equals("386") : os.contains("linux"));
        if (!supported) {
            throw new EmbeddedRedisException("There is no embedded Redis for " + osName + " on " + osArch
                    + ", only for Linux (amd64, arm64, 386) and macOS (amd64, arm64); run a Redis yourself and set"
                    + " spring.data.redis.host and spring.data.redis.port");
        }
        return "redis-server-" + VERSION + "-" + (mac ? "darwin" : "linux") + "-" + arch;
    }
}
