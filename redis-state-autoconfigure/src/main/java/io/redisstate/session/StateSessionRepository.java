package io.redisstate.session;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.FlushMode;
import org.springframework.session.PrincipalNameIndexResolver;

/**
 * Spring Session's repository on Redis.
 *
 * <p>A session is a hash with a field for each attribute; only fields that changed are written, so that requests of one
 * session at the same time don't overwrite each other's attributes. A session that was ended is not brought back by the
 * late write of a request that still has it. One that can't be read is removed and counted, and the client gets a new one.
 *
 * <p>Costs: reading is one command; nothing is written by a request that changes nothing, except that once in each touch
 * interval its last access is noted; what changed is written by one script. A new session with its place in the list of its
 * user's sessions is one pipeline of four commands.
 *
 * <p>Thread-safe.
 *
 * @since 0.1
 */
public final class StateSessionRepository implements FindByIndexNameSessionRepository<StateSession> {

    private final SessionSettings settings;
    private final SessionReader reader;
    private final SessionWriter writer;
    private final SessionEvents events;
    private final SessionRemoval removal;
    private final ListKeeper lists;
    private final UserIndex index;
    private final UserSessions users;
    private final SessionStore store;
    private final @Nullable SpringSessionImport imports;
    private final Held held = new Held();

    StateSessionRepository(StateSessionRepositoryBuilder builder) {
        settings = builder.settings();
        store = builder.store();
        SessionCodec codec = builder.codec();
        events = new SessionEvents(this, builder.events());
        lists = new ListKeeper(store);
        removal = new SessionRemoval(store, settings, codec, held, events);
        reader = new SessionReader(store, codec, held, removal);
        writer = new SessionWriter(store, codec, events::created, lists);
        index = new UserIndex(store, settings, removal, builder.refusal());
        users = new UserSessions(index, removal, store, settings);
        String namespace = builder.importedNamespace();
        imports = namespace == null ? null : new SpringSessionImport(store, codec, held, reader, writer, namespace);
    }

    /** Begins a repository on the given connections; every setting has a default. */
    public static StateSessionRepositoryBuilder builder(RedisConnectionFactory connections) {
        return new StateSessionRepositoryBuilder(connections);
    }

    /** The sessions of each user. */
    public UserSessions userSessions() {
        return users;
    }

    /** How many sessions could not be read since this repository was made. */
    public long unreadableSessions() {
        return reader.unreadable();
    }

    SessionStore store() {
        return store;
    }

    ListKeeper lists() {
        return lists;
    }

    SessionRemoval removal() {
        return removal;
    }

    SessionSettings settings() {
        return settings;
    }

    @Override
    public StateSession createSession() {
        return StateSession.create(SessionIds.generate(), held);
    }

    /**
     * Writes what has changed.
     *
     * @throws SessionUnavailableException if it can't be, and requests are not to go on without
     * @throws IllegalArgumentException if an attribute can't be written and read again
     */
    @Override
    public void save(StateSession session) {
        if (session.isLocal()) {
            return;
        }
        try {
            write(session);
        } catch (SessionUnavailableException ex) {
            if (settings.onUnavailable() == OnUnavailable.FAIL) {
                throw ex;
            }
            if (session.isMoved()) {
                session.abandon();
            }
        }
    }

    private void write(StateSession session) {
        if (session.isDeferred()) {
            admitOrForget(session);
        }
        String formerId = session.storedId();
        String login = writer.write(session);
        SeenSessions.written(held, session, formerId);
        if (login != null) {
            afterLogin(session, login);
        }
    }

    private void admitOrForget(StateSession session) {
        try {
            held.admit(session);
        } catch (SessionUnavailableException ex) {
            throw ex;
        } catch (RuntimeException ex) {
            session.withoutUser();
            throw ex;
        }
    }

    private void afterLogin(StateSession session, String user) {
        events.loggedIn(user, UserActivity.now(UserActivity.LOGIN, session.getId(), SessionClient.current()));
        SessionLimit limit = settings.limit();
        if (limit != null && limit.whenReached() == SessionLimit.WhenReached.END_OLDEST) {
            index.endOldest(user, session.getId(), limit);
        }
        users.record(user, UserActivity.LOGIN, session.getId());
    }

    @Override
    public @Nullable StateSession findById(String id) {
        if (!SessionIds.isPlausible(id)) {
            return null;
        }
        return SeenSessions.find(held, id, () -> findOrLocal(id));
    }

    private @Nullable StateSession findOrLocal(String id) {
        try {
            return find(id);
        } catch (SessionUnavailableException ex) {
            if (settings.onUnavailable() == OnUnavailable.FAIL) {
                throw ex;
            }
            return StateSession.local(id, held);
        }
    }

    private @Nullable StateSession find(String id) {
        StateSession found = reader.find(id);
        return found == null && imports != null ? imports.find(id) : found;
    }

    /**
     * Ends a session.
     *
     * @throws SessionUnavailableException if it can't be, whatever is configured: a logout must not only seem to be one
     */
    @Override
    public void deleteById(String id) {
        if (SessionIds.isPlausible(id)) {
            removal.logOut(id);
        }
    }

    /** The sessions of a user, whole; two round trips. Other indexes than that by principal name are empty. */
    @Override
    public Map<String, StateSession> findByIndexNameAndIndexValue(String indexName, String indexValue) {
        if (!indexName.equals(PRINCIPAL_NAME_INDEX_NAME) || indexValue.isEmpty()) {
            return Map.of();
        }
        List<String> ids =
                index.sessionsOf(indexValue).stream().map(UserSession::id).toList();
        return reader.findAll(ids);
    }

    /** What its sessions ask of it. */
    private final class Held implements StateSession.Owner {

        private final PrincipalNameIndexResolver<StateSession> resolver = new PrincipalNameIndexResolver<>();

        @Override
        public SessionSettings settings() {
            return settings;
        }

        @Override
        public @Nullable String userOf(StateSession session) {
            String user = resolver.resolveIndexValueFor(session);
            return user == null || user.isEmpty() ? null : user;
        }

        @Override
        public void userChanged(StateSession session) {
            if (!session.isDeferred()) {
                admit(session);
            }
        }

        private void admit(StateSession session) {
            SessionLimit limit = settings.limit();
            if (limit == null || limit.whenReached() != SessionLimit.WhenReached.REFUSE || session.isLocal()) {
                return;
            }
            String user = session.user();
            if (user != null && !user.equals(session.storedUser()) && session.admittedId() == null) {
                index.admit(session, user, limit);
            }
        }

        @Override
        public void changed(StateSession session) {
            if (settings.flushMode() == FlushMode.IMMEDIATE && !session.isDeferred()) {
                save(session);
            }
        }
    }
}
