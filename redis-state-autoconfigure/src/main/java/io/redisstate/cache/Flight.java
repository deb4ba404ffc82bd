package io.redisstate.cache;

import io.redisstate.cache.entry.Entry;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One load of one key in this process, and what those wait for who want the same. */
final class Flight {

    private final CompletableFuture<Landed> end = new CompletableFuture<>();
    private final Thread pilot = Thread.currentThread();
    private final boolean refresh;
    private volatile @Nullable Basis basis;

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

    /**
     * What a load began with: who asks after it has changed must not get what is being loaded.
     *
     * @param version of the cache
     * @param tags of the value, as far as they don't depend on it
     */
    record Basis(long version, List<Entry.TagVersion> tags) {}

    /** Notes that the loader is about to be called. */
    void begins(Basis with) {
        basis = with;
    }

    /** What it began with; null before. */
    @Nullable
    Basis basis() {
        return basis;
    }

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
