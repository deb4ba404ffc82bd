package io.redisstate.test;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How often each command ran on a server, those inside scripts included. The commands of connections being opened, and
 * the counting itself, are left out.
 */
public record CommandCount(Map<String, Long> all) {

    private static final Pattern ENTRY = Pattern.compile("cmdstat_([^:]+):calls=(\\d+)");
    private static final Set<String> NOISE = Set.of(
            "info",
            "hello",
            "client|setinfo",
            "client|setname",
            "client|id",
            "ping",
            "auth",
            "select",
            "command",
            "config|resetstat",
            "cluster|slots",
            "cluster|nodes",
            "cluster|shards",
            "cluster|myid",
            "role",
            "replconf",
            "psync",
            "subscribe",
            "unsubscribe",
            "publish|sentinel");

    /** How often the command ran, in lower case, with its subcommand as in {@code config|get}. */
    public long of(String command) {
        return all.getOrDefault(command, 0L);
    }

    /** All commands together. */
    public long total() {
        return all.values().stream().mapToLong(Long::longValue).sum();
    }

    static CommandCount parse(String commandStats) {
        Map<String, Long> counts = new TreeMap<>();
        Matcher entries = ENTRY.matcher(commandStats);
        while (entries.find()) {
            if (!NOISE.contains(entries.group(1))) {
                counts.put(entries.group(1), Long.parseLong(entries.group(2)));
            }
        }
        return new CommandCount(counts);
    }

    CommandCount since(CommandCount before) {
        Map<String, Long> difference = new TreeMap<>();
        all.forEach((command, calls) -> {
            long more = calls - before.of(command);
            if (more != 0) {
                difference.put(command, more);
            }
        });
        return new CommandCount(difference);
    }
}
