package io.redisstate.cache;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a put does beside changing the entry; after the commit if there is a transaction. */
interface Writes {

    /**
     * Puts values, in the order of the requests.
     *
     * @throws RuntimeException if they have to be written elsewhere too, and are not
     */
    void putAll(List<Request> requests, List<@Nullable Object> values);

    /** Removes entries, and the values they come from if those are written too. */
    void deleteAll(List<Request> requests);
}
