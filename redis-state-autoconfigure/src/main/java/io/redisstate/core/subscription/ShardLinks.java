package io.redisstate.core.subscription;

import java.util.Collection;
import java.util.Map;

/** How one client finds the nodes of sharded channels and connects to them. Used by one thread at a time. */
interface ShardLinks extends AutoCloseable {

    /**
     * The names of the nodes that serve the channels now; a channel whose slot nobody serves is left out. Asks the cluster,
     * or nobody if there is none.
     */
    Map<String, String> owners(Collection<String> channels);

    /** Connects to a node that {@link #owners} has named. */
    ShardLink open(String node, ShardLink.Events events);

    @Override
    void close();
}
