package io.redisstate.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What Redis has of a session, as far as the request that uses it knows: what is written is the difference to it. */
final class StoredSession {

    private final Map<String, byte[]> attributes = new ConcurrentHashMap<>();
    private volatile @Nullable String id;
    private volatile Instant access;
    private volatile Duration timeout;
    private volatile @Nullable String user;
    private volatile @Nullable String address;
    private volatile @Nullable String agent;

    /**
     * Of a session with these times.
     *
     * @param id null if nothing is stored yet
     */
    StoredSession(@Nullable String id, Instant access, Duration timeout) {
        this.id = id;
        this.access = access;
        this.timeout = timeout;
    }

    void restore(@Nullable String itsUser, @Nullable String itsAddress, @Nullable String itsAgent) {
        user = itsUser;
        address = itsAddress;
        agent = itsAgent;
    }

    void restore(String attribute, byte[] value) {
        attributes.put(attribute, value);
    }

    /** The id it is stored by; null if it is not stored yet. */
    @Nullable
    String id() {
        return id;
    }

    @Nullable
    String user() {
        return user;
    }

    boolean hasTimeout(Duration now) {
        return timeout.equals(now);
    }

    /** Whether the noted access lies that far behind. */
    boolean isBehind(Instant now, Duration interval) {
        return !now.isBefore(access.plus(interval));
    }

    /** Adds what has to be written or removed so that the attribute is as given; null for an attribute there is none of. */
    void collect(String attribute, byte @Nullable [] value, SessionChanges into) {
        if (value == null) {
            if (attributes.containsKey(attribute)) {
                into.removeAttribute(attribute);
            }
        } else if (!Arrays.equals(value, attributes.get(attribute))) {
            into.putAttribute(attribute, value);
        }
    }

    /** Adds address and agent of the current client where they differ. */
    void collectClient(SessionChanges into) {
        SessionClient client = SessionClient.current();
        if (client != null && !client.address().equals(address)) {
            into.put(SessionHash.ADDRESS, client.address());
        }
        if (client != null && !client.userAgent().equals(agent)) {
            into.put(SessionHash.AGENT, client.userAgent());
        }
    }

    /** Takes what has been written as what is stored. */
    void written(StateSession session, SessionChanges changes, @Nullable String itsUser, boolean touched) {
        id = session.getId();
        user = itsUser;
        timeout = session.getMaxInactiveInterval();
        if (touched) {
            access = session.getLastAccessedTime();
        }
        String newAddress = changes.text(SessionHash.ADDRESS);
        address = newAddress == null ? address : newAddress;
        String newAgent = changes.text(SessionHash.AGENT);
        agent = newAgent == null ? agent : newAgent;
        changes.attributes().forEach((name, bytes) -> {
            if (bytes.length == 0) {
                attributes.remove(name);
            } else {
                attributes.put(name, bytes);
            }
        });
    }
}
