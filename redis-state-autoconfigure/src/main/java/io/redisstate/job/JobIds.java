package io.redisstate.job;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Ids no other process gives: a random start and a count. Thread-safe. */
final class JobIds {

    private static final int BASE = 36;

    private final String start = Long.toString(new SecureRandom().nextLong() >>> 1, BASE) + '-';
    private final AtomicLong count = new AtomicLong();

    String next() {
        return start + Long.toString(count.incrementAndGet(), BASE);
    }
}
