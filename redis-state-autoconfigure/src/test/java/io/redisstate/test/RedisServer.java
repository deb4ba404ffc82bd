package io.redisstate.test;

import io.redisstate.core.KeySpace;
import io.redisstate.embedded.EmbeddedRedisServer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.commands.ProtocolCommand;

/**
 * A real Redis server of the tests: the {@link #shared()} one, or one {@link #start(String...) started} for a single
 * test, which may pause, kill and restart it.
 *
 * <p>The shared one is that of the environment variable or system property {@code REDIS_STATE_TEST_URL}, else a container
 * where Docker answers, else the embedded server. It lives as long as the JVM.
 */
public final class RedisServer implements AutoCloseable {

    private static final class Shared {
        private static final RedisServer SERVER = SharedServers.redis();
    }

    private final String host;
    private final List<String> options;
    private final List<Runnable> clients = new ArrayList<>();
    private int port;
    private @Nullable EmbeddedRedisServer process;
    private @Nullable JedisConnectionFactory jedis;
    private @Nullable LettuceConnectionFactory lettuce;

    private RedisServer(String host, int port, List<String> options, @Nullable EmbeddedRedisServer process) {
        this.host = host;
        this.port = port;
        this.options = options;
        this.process = process;
    }

    /** The server that all tests of this JVM share; each test uses names of its own. */
    public static RedisServer shared() {
        return Shared.SERVER;
    }

    /** A server for one test; options as on redis-server's command line. The test closes it. */
    public static RedisServer start(String... options) {
        EmbeddedRedisServer started = EmbeddedRedisServer.start(0, List.of(options));
        return new RedisServer(started.host(), started.port(), List.of(options), started);
    }

    /** A server that runs already, as another process of the tests uses it. */
    public static RedisServer at(URI url) {
        return new RedisServer(url.getHost(), url.getPort() < 0 ? 6379 : url.getPort(), List.of(), null);
    }

    public String host() {
        return host;
    }

    public int port() {
        return port;
    }

    public String url() {
        return "redis://" + host + ":" + port;
    }

    /** A started factory, the same at each call, closed with the server. */
    public synchronized JedisConnectionFactory jedis() {
        if (jedis == null) {
            jedis = newJedis();
            clients.add(jedis::destroy);
        }
        return jedis;
    }

    /** A started factory, the same at each call, closed with the server. */
    public synchronized LettuceConnectionFactory lettuce() {
        if (lettuce == null) {
            lettuce = newLettuce();
            clients.add(lettuce::destroy);
        }
        return lettuce;
    }

    /** A started factory that waits so long for a reply, closed with the server. */
    public synchronized LettuceConnectionFactory lettuce(Duration commandTimeout) {
        LettuceConnectionFactory factory =
                Clients.started(new LettuceConnectionFactory(configuration(), Clients.lettuce(commandTimeout)));
        clients.add(factory::destroy);
        return factory;
    }

    /** A new started factory; the caller destroys it. */
    public JedisConnectionFactory newJedis() {
        return Clients.started(new JedisConnectionFactory(configuration(), Clients.jedis()));
    }

    /** A new started factory; the caller destroys it. */
    public LettuceConnectionFactory newLettuce() {
        return Clients.started(new LettuceConnectionFactory(configuration(), Clients.lettuce()));
    }

    private RedisStandaloneConfiguration configuration() {
        return new RedisStandaloneConfiguration(host, port);
    }

    /** Runs a command on a connection of its own; bulk strings of the reply, nested ones too, as text. */
    public @Nullable Object command(String... words) {
        try (Connection connection = new Connection(host, port)) {
            connection.setSoTimeout(10_000);
            byte[][] arguments =
                    Arrays.stream(words).skip(1).map(KeySpace::bytes).toArray(byte[][]::new);
            connection.sendCommand((ProtocolCommand) () -> KeySpace.bytes(words[0]), arguments);
            return text(connection.getOne());
        }
    }

    private static @Nullable Object text(@Nullable Object reply) {
        if (reply instanceof byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
        return reply instanceof List<?> list
                ? list.stream().map(RedisServer::text).toList()
                : reply;
    }

    /** The keys that start with a prefix. */
    public List<String> keys(String prefix) {
        Object found = command("KEYS", prefix + "*");
        return found instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** A key prefix no other test has. */
    public String uniquePrefix() {
        return "test-" + UUID.randomUUID();
    }

    /** The commands the server ran during the block, whoever sent them. */
    public CommandCount count(ThrowingRunnable block) throws Exception {
        CommandCount before = commands();
        block.run();
        return commands().since(before);
    }

    private CommandCount commands() {
        return CommandCount.parse(String.valueOf(command("INFO", "commandstats")));
    }

    /** Stops the process where it is (SIGSTOP), connections staying open. */
    public void pause() {
        Signals.send("STOP", process().pid());
    }

    /** Lets a paused process go on (SIGCONT). */
    public void resume() {
        Signals.send("CONT", process().pid());
    }

    /** Kills the process (SIGKILL). */
    public void kill() {
        Signals.kill(process().pid());
    }

    /** Starts the server anew on the same port, empty unless its options keep data elsewhere. */
    public synchronized void restart() {
        process().close();
        process = EmbeddedRedisServer.start(port, options);
    }

    /** The process id of a server that the test has started. */
    public long pid() {
        return process().pid();
    }

    boolean isAlive() {
        return process().isAlive();
    }

    boolean clusterInfo(String line) {
        return String.valueOf(command("CLUSTER", "INFO")).contains(line);
    }

    private synchronized EmbeddedRedisServer process() {
        if (process == null) {
            throw new IllegalStateException("Only a server that the test has started can be stopped");
        }
        return process;
    }

    @Override
    public synchronized void close() {
        if (process != null) {
            Signals.send("CONT", process.pid());
        }
        clients.forEach(Runnable::run);
        if (process != null) {
            process.close();
        }
    }
}
