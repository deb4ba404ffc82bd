package io.redisstate.cache;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gives many values at once, by their keys' texts; in the calling thread, which may block. */
@FunctionalInterface
interface BulkLoader {

    /**
     * The values of some keys; those it leaves out have none.
     *
     * @throws Exception why they can't be had
     */
    Map<String, @Nullable Object> load(List<Request> requests) throws Exception;
}
