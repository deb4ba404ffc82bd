package io.redisstate.autoconfigure.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.stream.Publication;
import io.redisstate.stream.StreamPublisher;
import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An application that is asked to end while it works, as another process. */
@RedisTest
class StreamShutdownIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int MESSAGES = 400;
    private static final int KEYS = 20;
    private static final List<String> GROUPS = List.of("unordered", "ordered");

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final List<JavaProcess> processes = new ArrayList<>();

    @AfterEach
    void closeAll() {
        processes.forEach(JavaProcess::close);
        redis.keys(prefix).forEach(name -> redis.command("DEL", name));
    }

    @Test
    void anApplicationThatIsAskedToEndEndsWhatItHasBegunAndLeavesTheRest() throws Exception {
        JavaProcess ending = process("ending", 60);
        ending.awaitLine("started", LIMIT);
        StreamPublisher.builder(redis.jedis())
                .keyPrefix(prefix)
                .build()
                .publishAll(
                        "s",
                        IntStream.range(0, MESSAGES)
                                .mapToObj(i -> Publication.of("k" + i % KEYS + ":" + i))
                                .toList());
        await().atMost(LIMIT).untilAsserted(() -> assertThat(ending.lines())
                .filteredOn(line -> line.startsWith("holding"))
                .hasSize(4));
        JavaProcess other = process("other", MESSAGES);
        other.awaitLine("started", LIMIT);

        ending.terminate();

        // Nothing has to be idle first: what it had read and not begun is the other's at once, but for the later
        // messages of
        // the keys that it has in work.
        for (String group : GROUPS) {
            int behind = group.equals("ordered") ? behindHeld(ending) : 0;
            await().atMost(LIMIT)
                    .until(() -> payloads(group, "begun").size() == MESSAGES - behind && pending(group) == 2 + behind);
        }
        ending.send("go");
        assertThat(ending.waitFor(LIMIT)).isEqualTo(128 + 15);
        for (String group : GROUPS) {
            await().atMost(LIMIT).until(() -> pending(group) == 0);
            assertThat(payloads(group, "ended")).hasSize(MESSAGES).doesNotHaveDuplicates();
            assertThat(payloads(group, "begun")).hasSize(MESSAGES);
            assertThat(log(group)).anyMatch(line -> line.startsWith("other ended"));
        }
        Map<Integer, Integer> last = new HashMap<>();
        for (String payload : payloads("ordered", "begun")) {
            int number = numberOf(payload);
            assertThat(number).isGreaterThan(last.getOrDefault(number % KEYS, -1));
            last.put(number % KEYS, number);
        }
    }

    private static int behindHeld(JavaProcess process) {
        List<Integer> held = process.lines().stream()
                .filter(line -> line.startsWith("holding ordered"))
                .map(StreamShutdownIntegrationTests::numberOf)
                .toList();
        return (int) IntStream.range(0, MESSAGES)
                .filter(number -> held.stream().anyMatch(it -> number > it && number % KEYS == it % KEYS))
                .count();
    }

    private static int numberOf(String text) {
        return Integer.parseInt(text.substring(text.indexOf(':') + 1));
    }

    private JavaProcess process(String name, int holdsAfter) {
        JavaProcess process = JavaProcess.start(
                ListenerProcess.class,
                name,
                String.valueOf(holdsAfter),
                "spring.main.banner-mode=off",
                "spring.data.redis.url=" + redis.url(),
                "redis-state.key-prefix=" + prefix,
                "redis-state.stream.listener.min-idle=5m");
        processes.add(process);
        return process;
    }

    private List<String> log(String group) {
        Object lines = redis.command("LRANGE", prefix + ":log:" + group, "0", "-1");
        return lines instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }

    private List<String> payloads(String group, String what) {
        return log(group).stream()
                .map(line -> line.split(" ", -1))
                .filter(words -> words[1].equals(what))
                .map(words -> words[2])
                .toList();
    }

    private long pending(String group) {
        Object summary = redis.command("XPENDING", prefix + ":stream:{s}", group);
        return summary instanceof List<?> list && list.get(0) instanceof Long count ? count : -1;
    }
}
