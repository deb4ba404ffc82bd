package io.redisstate.session;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.SaveMode;
import org.springframework.session.Session;

/**
 * A session in use by a request: what it was when read, and what has become of it. Attributes may be used by several
 * threads.
 */
final class StateSession implements Session {

    private static final Set<String> SAYS_THE_USER =
            Set.of(FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME, "SPRING_SECURITY_CONTEXT");

    private final Instant created;
    private final Owner owner;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();
    private final StoredSession stored;
    private final Set<String> touchedNames = ConcurrentHashMap.newKeySet();
    private volatile boolean local;
    private volatile boolean deferred;
    private volatile String id;
    private volatile Instant lastAccess;
    private volatile Duration timeout;
    private volatile @Nullable String admittedId;

    /** What a session asks of the repository it came from. */
    interface Owner {

        SessionSettings settings();

        /** The user that the attributes speak of. */
        @Nullable
        String userOf(StateSession session);

        /** May refuse the value, which is in the session already, by an exception. */
        void userChanged(StateSession session);

        /** Something has changed that is to be written at once if so configured. */
        void changed(StateSession session);
    }

    /** One that is stored already. */
    StateSession(String id, Instant created, Instant lastAccess, Duration timeout, Owner owner) {
        this(id, created, owner, new StoredSession(id, lastAccess, timeout), lastAccess, timeout, false);
    }

    private StateSession(
            String id,
            Instant created,
            Owner owner,
            StoredSession stored,
            Instant lastAccess,
            Duration timeout,
            boolean local) {
        this.id = id;
        this.created = created;
        this.owner = owner;
        this.stored = stored;
        this.lastAccess = lastAccess;
        this.timeout = timeout;
        this.local = local;
    }

    private static StateSession unstored(String id, Owner owner, boolean local) {
        Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
        Duration timeout = owner.settings().timeout();
        return new StateSession(id, now, owner, new StoredSession(null, now, timeout), now, timeout, local);
    }

    /** A new one. */
    static StateSession create(String id, Owner owner) {
        return unstored(id, owner, false);
    }

    /** An empty one that ends with its request. */
    static StateSession local(String id, Owner owner) {
        return unstored(id, owner, true);
    }

    /** One with the same id and content that is not stored yet. */
    StateSession asNew() {
        StateSession copy = new StateSession(
                id, created, owner, new StoredSession(null, lastAccess, timeout), lastAccess, timeout, false);
        copy.attributes.putAll(attributes);
        copy.touchedNames.addAll(attributes.keySet());
        return copy;
    }

    void restore(String name, Object value, byte[] bytes) {
        attributes.put(name, value);
        stored.restore(name, bytes);
    }

    void restoreFacts(@Nullable String user, @Nullable String address, @Nullable String agent) {
        stored.restore(user, address, agent);
    }

    @Override
    public String getId() {
        return id;
    }

    @Override
    public String changeSessionId() {
        id = SessionIds.successorOf(id);
        owner.changed(this);
        return id;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the interface's own contract
    public <T> @Nullable T getAttribute(String name) {
        Object value = attributes.get(name);
        if (value != null && owner.settings().saveMode() == SaveMode.ON_GET_ATTRIBUTE) {
            touchedNames.add(name);
        }
        return (T) value;
    }

    @Override
    public Set<String> getAttributeNames() {
        return new HashSet<>(attributes.keySet());
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        Object before = value == null ? attributes.remove(name) : attributes.put(name, value);
        if (value == null && before == null) {
            return;
        }
        touchedNames.add(name);
        if (SAYS_THE_USER.contains(name)) {
            try {
                owner.userChanged(this);
            } catch (RuntimeException ex) {
                putBack(name, before);
                throw ex;
            }
        }
        owner.changed(this);
    }

    private void putBack(String name, @Nullable Object before) {
        if (before == null) {
            attributes.remove(name);
        } else {
            attributes.put(name, before);
        }
    }

    @Override
    public void removeAttribute(String name) {
        setAttribute(name, null);
    }

    @Override
    public Instant getCreationTime() {
        return created;
    }

    @Override
    public void setLastAccessedTime(Instant lastAccessedTime) {
        lastAccess = lastAccessedTime;
    }

    @Override
    public Instant getLastAccessedTime() {
        return lastAccess;
    }

    @Override
    public void setMaxInactiveInterval(Duration interval) {
        timeout = interval;
        owner.changed(this);
    }

    @Override
    public Duration getMaxInactiveInterval() {
        return timeout;
    }

    @Override
    public boolean isExpired() {
        return !Instant.now().isBefore(end());
    }

    Instant end() {
        return owner.settings().end(created, lastAccess, timeout);
    }

    /** From now on it asks nothing of Redis except when it is saved: it is used by threads that must not block. */
    StateSession asDeferred() {
        deferred = true;
        return this;
    }

    boolean isDeferred() {
        return deferred;
    }

    boolean isLocal() {
        return local;
    }

    /** Ends with its request, by the id it is stored by: a new one that was not written must not reach the client. */
    void abandon() {
        local = true;
        id = storedId();
    }

    boolean isNew() {
        return stored.id() == null;
    }

    String storedId() {
        return Objects.requireNonNullElse(stored.id(), id);
    }

    boolean isMoved() {
        return !isNew() && !id.equals(stored.id());
    }

    @Nullable
    String storedUser() {
        return stored.user();
    }

    /** The user that it belongs to once it is saved. */
    @Nullable
    String user() {
        return touchedNames.stream().anyMatch(SAYS_THE_USER::contains) ? owner.userOf(this) : stored.user();
    }

    /** Whether its last access has to be noted, which also puts its end off. */
    boolean isTouchDue() {
        return !stored.hasTimeout(timeout)
                || stored.isBehind(lastAccess, owner.settings().touchInterval(timeout));
    }

    @Nullable
    String admittedId() {
        return admittedId;
    }

    void admitted(String as) {
        admittedId = as;
    }

    /** What of the attributes differs from what is stored, among those that may. */
    void collectAttributes(SessionCodec codec, SessionChanges into) {
        Set<String> names = new HashSet<>(touchedNames);
        if (isNew() || owner.settings().saveMode() == SaveMode.ALWAYS) {
            names.addAll(attributes.keySet());
        }
        try {
            for (String name : names) {
                // Before the value is read: a change by another thread from now on is one for the next time.
                touchedNames.remove(name);
                Object value = attributes.get(name);
                stored.collect(name, value == null ? null : codec.write(name, value), into);
            }
        } catch (RuntimeException ex) {
            touchedNames.addAll(names);
            throw ex;
        }
    }

    /** Notes address and agent of the current client where they differ. */
    void collectClient(SessionChanges into) {
        stored.collectClient(into);
    }

    /** Takes what has been written as what is stored. */
    void stored(SessionChanges changes, @Nullable String user, boolean touched) {
        stored.written(this, changes, user, touched);
        admittedId = null;
    }

    /** What could not be written is still to be. */
    void notStored(SessionChanges changes) {
        touchedNames.addAll(changes.attributes().keySet());
    }

    /** Forgets who the user is, after a login that was refused when it was to be written. */
    void withoutUser() {
        for (String name : SAYS_THE_USER) {
            attributes.remove(name);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StateSession session && id.equals(session.id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** Without the whole id. */
    @Override
    public String toString() {
        return "Session " + SessionIds.masked(id);
    }
}
