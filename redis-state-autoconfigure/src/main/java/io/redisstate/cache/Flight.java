package io.redisstate.cache;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One load of one key in this process, and what those wait for who want the same. */
final class Flight {

    private final CompletableFuture<Landed> end = new CompletableFuture<>();
    private final Thread pilot = Thread.currentThread();
    private final boolean refresh;

    Flight(boolean refresh) {
        this.refresh = refresh;
    }

    /**
     * What a load gave.
     *
     * @param value the value
     * @param superseded whether a change of the key came in between, so that those who came after it must look again
     */
    record Landed(@Nullable Object value, boolean superseded) {}

    CompletableFuture<Landed> end() {
        return end;
    }

    /** Whether nobody waits for it. */
    boolean isRefresh() {
        return refresh;
    }

    /** Whether the loader itself asks for what it loads. */
    boolean isOwn() {
        return pilot == Thread.currentThread();
    }
}
