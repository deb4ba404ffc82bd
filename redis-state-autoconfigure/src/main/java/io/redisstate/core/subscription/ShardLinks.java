package io.redisstate.core.subscription;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How one client finds the nodes of sharded channels and connects to them. Used by one thread at a time. */
interface ShardLinks extends AutoCloseable {

    /**
     * The names of the nodes that serve the channels now; a channel whose slot nobody serves is left out. Asks the cluster,
     * or nobody if there is none.
     */
    Map<String, String> owners(Collection<String> channels);

    /** Connects to a node that {@link #owners} has named. */
    ShardLink open(String node, ShardLink.Events events);

    /** The names of all primaries there are now. */
    Set<String> primaries();

    /** Connects to a node that {@link #primaries} has named, and begins to track keys there. */
    TrackingLink track(String node, List<String> prefixes, TrackingLink.Events events);

    @Override
    void close();
}
