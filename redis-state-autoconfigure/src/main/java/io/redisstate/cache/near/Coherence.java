package io.redisstate.cache.near;

import io.redisstate.core.subscription.KeyTracking;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** Keeps what this process remembers of Redis, versions and near values, in step with it. Thread-safe. */
public final class Coherence implements KeyTracking.Listener, AutoCloseable {

    private static final Log LOG = LogFactory.getLog(Coherence.class);

    private final Versions versions;
    private final KeyTracking tracking;
    private final Map<String, Heard> nearByRoot = new ConcurrentHashMap<>();
    private final boolean enabled;
    private final Optional<String> obstacle;
    private volatile boolean begun;
    private volatile boolean live;

    private record Heard(CacheKeys keys, NearCache near) {}

    public Coherence(RedisConnectionFactory connections, Versions versions, boolean enabled) {
        this.versions = versions;
        this.obstacle = KeyTracking.obstacle(connections);
        this.enabled = enabled && obstacle.isEmpty();
        if (enabled) {
            obstacle.ifPresent(reason -> LOG.info("Each read asks for its cache's version too: " + reason));
        }
        this.tracking = new KeyTracking(connections, this);
        versions.prefixes().forEach(tracking::track);
    }

    /** Keeps a near cache in step too. */
    public void add(CacheKeys keys, NearCache near) {
        nearByRoot.put(keys.root(), new Heard(keys, near));
        tracking.track(keys.root());
    }

    /** Why changes can't be heard, if that is known beforehand. */
    public Optional<String> obstacle() {
        return obstacle;
    }

    /** Begins with the first use of any cache. */
    public void begin() {
        if (!begun && enabled) {
            begun = true;
            tracking.start();
        }
    }

    public boolean isLive() {
        return live;
    }

    @Override
    public void changed(String key) {
        Heard heard = nearByRoot.get(rootOf(key));
        if (heard == null) {
            versions.changed(key);
        } else {
            heard.keys().nameOf(key).ifPresent(heard.near()::changed);
        }
    }

    /** Up to and with the first brace, or the word after the name in braces. */
    private static String rootOf(String key) {
        int begin = key.indexOf('{');
        int end = key.indexOf("}:", begin);
        int word = end < 0 ? -1 : key.indexOf(':', end + 2);
        return word < 0 ? key.substring(0, begin + 1) : key.substring(0, word + 1);
    }

    @Override
    public void live() {
        LOG.debug("Changes are being heard");
        versions.trust();
        nearByRoot.values().forEach(heard -> heard.near().newEra(true));
        live = true;
    }

    @Override
    public void lost() {
        LOG.debug("Changes are not being heard");
        versions.distrust();
        nearByRoot.values().forEach(heard -> heard.near().newEra(false));
        // Last: who knows of the loss is given nothing near any more.
        live = false;
    }

    @Override
    public void close() {
        tracking.close();
    }
}
