package io.redisstate.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
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
    private final Map<String, byte[]> storedAttributes = new ConcurrentHashMap<>();
    private final Set<String> touchedNames = ConcurrentHashMap.newKeySet();
    private final boolean local;
    private volatile boolean deferred;
    private volatile String id;
    private volatile @Nullable String storedId;
    private volatile Instant lastAccess;
    private volatile Instant storedAccess;
    private volatile Duration timeout;
    private volatile Duration storedTimeout;
    private volatile @Nullable String storedUser;
    private volatile @Nullable String storedAddress;
    private volatile @Nullable String storedAgent;
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
        this(id, created, lastAccess, timeout, owner, false);
        this.storedId = id;
    }

    private StateSession(String id, Instant created, Instant lastAccess, Duration timeout, Owner owner, boolean local) {
        this.id = id;
        this.created = created;
        this.lastAccess = lastAccess;
        this.storedAccess = lastAccess;
        this.timeout = timeout;
        this.storedTimeout = timeout;
        this.owner = owner;
        this.local = local;
    }

    /** A new one. */
    static StateSession create(String id, Owner owner) {
        Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
        return new StateSession(id, now, now, owner.settings().timeout(), owner, false);
    }

    /** An empty one that ends with its request. */
    static StateSession local(String id, Owner owner) {
        Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
        return new StateSession(id, now, now, owner.settings().timeout(), owner, true);
    }

    /** One with the same id and content that is not stored yet. */
    StateSession asNew() {
        StateSession copy = new StateSession(id, created, lastAccess, timeout, owner, false);
        copy.attributes.putAll(attributes);
        copy.touchedNames.addAll(attributes.keySet());
        return copy;
    }

    void restore(String name, Object value, byte[] stored) {
        attributes.put(name, value);
        storedAttributes.put(name, stored);
    }

    void restoreFacts(@Nullable String user, @Nullable String address, @Nullable String agent) {
        storedUser = user;
        storedAddress = address;
        storedAgent = agent;
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

    boolean isNew() {
        return storedId == null;
    }

    String storedId() {
        return Objects.requireNonNullElse(storedId, id);
    }

    boolean isMoved() {
        return storedId != null && !id.equals(storedId);
    }

    @Nullable
    String storedUser() {
        return storedUser;
    }

    /** The user that it belongs to once it is saved. */
    @Nullable
    String user() {
        return touchedNames.stream().anyMatch(SAYS_THE_USER::contains) ? owner.userOf(this) : storedUser;
    }

    /** Whether its last access has to be noted, which also puts its end off. */
    boolean isTouchDue() {
        return !timeout.equals(storedTimeout)
                || lastAccess.isAfter(storedAccess
                        .plus(owner.settings().touchInterval(timeout))
                        .minusMillis(1));
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
        for (String name : names) {
            // Before the value is read: a change by another thread from now on is one for the next time.
            touchedNames.remove(name);
            Object value = attributes.get(name);
            byte[] bytes = value == null ? null : codec.write(name, value);
            if (bytes == null) {
                if (storedAttributes.containsKey(name)) {
                    into.removeAttribute(name);
                }
            } else if (!Arrays.equals(bytes, storedAttributes.get(name))) {
                into.putAttribute(name, bytes);
            }
        }
    }

    /** Notes address and agent of the current client where they differ. */
    void collectClient(SessionChanges into) {
        SessionClient client = SessionClient.current();
        if (client != null && !client.address().equals(storedAddress)) {
            into.put(SessionHash.ADDRESS, client.address());
        }
        if (client != null && !client.userAgent().equals(storedAgent)) {
            into.put(SessionHash.AGENT, client.userAgent());
        }
    }

    /** Takes what has been written as what is stored. */
    void stored(SessionChanges changes, @Nullable String user, boolean touched) {
        storedId = id;
        storedUser = user;
        storedTimeout = timeout;
        admittedId = null;
        if (touched) {
            storedAccess = lastAccess;
            storedAddress = Objects.requireNonNullElse(changes.text(SessionHash.ADDRESS), storedAddressOrEmpty());
            storedAgent = Objects.requireNonNullElse(changes.text(SessionHash.AGENT), storedAgentOrEmpty());
        }
        changes.attributes().forEach((name, bytes) -> {
            if (bytes.length == 0) {
                storedAttributes.remove(name);
            } else {
                storedAttributes.put(name, bytes);
            }
        });
    }

    /** What could not be written is still to be. */
    void notStored(SessionChanges changes) {
        touchedNames.addAll(changes.attributes().keySet());
    }

    private String storedAddressOrEmpty() {
        return Objects.requireNonNullElse(storedAddress, "");
    }

    private String storedAgentOrEmpty() {
        return Objects.requireNonNullElse(storedAgent, "");
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
