package io.redisstate.test;

/** How far servers have come that repeat what another writes. */
final class Replication {

    private static final String OFFSET = "master_repl_offset:";

    private Replication() {}

    /** How many bytes of writes the server has, as primary or as replica. */
    static long offset(RedisServer server) {
        return String.valueOf(server.command("INFO", "replication"))
                .lines()
                .filter(line -> line.startsWith(OFFSET))
                .map(line -> Long.parseLong(line.substring(OFFSET.length()).strip()))
                .findFirst()
                .orElseThrow();
    }
}
