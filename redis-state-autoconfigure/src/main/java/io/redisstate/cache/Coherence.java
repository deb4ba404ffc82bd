package io.redisstate.cache;

import io.redisstate.core.subscription.KeyTracking;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** Keeps what this process remembers of Redis, versions and near values, in step with it. Thread-safe. */
final class Coherence implements KeyTracking.Listener, AutoCloseable {

    private static final Log LOG = LogFactory.getLog(Coherence.class);

    private final Versions versions;
    private final KeyTracking tracking;
    private final Map<String, NearCache> nearByRoot = new ConcurrentHashMap<>();
    private final boolean enabled;
    private volatile boolean begun;
    private volatile boolean live;

    Coherence(RedisConnectionFactory connections, Versions versions, boolean enabled) {
        this.versions = versions;
        this.enabled = enabled;
        this.tracking = new KeyTracking(connections, this);
        versions.prefixes().forEach(tracking::track);
    }

    /**
     * Keeps a near cache in step too.
     *
     * @param root what its keys start with, up to and with the first brace
     */
    void add(String root, NearCache near) {
        nearByRoot.put(root, near);
        tracking.track(root);
    }

    /** Begins with the first use of any cache. */
    void begin() {
        if (!begun && enabled) {
            begun = true;
            tracking.start();
        }
    }

    boolean isLive() {
        return live;
    }

    @Override
    public void changed(String key) {
        int brace = key.indexOf('{');
        if (brace < 0 || !key.endsWith("}")) {
            return;
        }
        NearCache near = nearByRoot.get(key.substring(0, brace + 1));
        if (near == null) {
            versions.changed(key);
        } else {
            near.changed(decoded(key.substring(brace + 1, key.length() - 1)));
        }
    }

    private static String decoded(String name) {
        return name.indexOf('%') < 0
                ? name
                : name.replace("%7D", "}").replace("%7B", "{").replace("%25", "%");
    }

    @Override
    public void live() {
        LOG.debug("Changes are being heard");
        versions.trust();
        nearByRoot.values().forEach(near -> near.newEra(true));
        live = true;
    }

    @Override
    public void lost() {
        LOG.debug("Changes are not being heard");
        live = false;
        versions.distrust();
        nearByRoot.values().forEach(near -> near.newEra(false));
    }

    @Override
    public void close() {
        tracking.close();
    }
}
