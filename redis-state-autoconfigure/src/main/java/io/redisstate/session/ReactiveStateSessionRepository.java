package io.redisstate.session;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.session.ReactiveFindByIndexNameSessionRepository;
import org.springframework.session.ReactiveSessionRepository;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A {@link StateSessionRepository} for WebFlux: the same sessions, with the calls to Redis on
 * {@link Schedulers#boundedElastic()}. Thread-safe.
 *
 * @since 0.1
 */
public final class ReactiveStateSessionRepository
        implements ReactiveSessionRepository<StateSession>, ReactiveFindByIndexNameSessionRepository<StateSession> {

    private final StateSessionRepository sessions;

    /**
     * A view of a repository.
     *
     * @param sessions writes at the end of requests: setting an attribute must not block
     */
    public ReactiveStateSessionRepository(StateSessionRepository sessions) {
        this.sessions = sessions;
    }

    @Override
    public Mono<StateSession> createSession() {
        return Mono.fromSupplier(() -> sessions.createSession().asDeferred());
    }

    @Override
    public Mono<Void> save(StateSession session) {
        return blocking(() -> {
            sessions.save(session);
            return Optional.empty();
        });
    }

    @Override
    public Mono<StateSession> findById(String id) {
        return blocking(() -> {
            return Optional.ofNullable(sessions.findById(id)).map(StateSession::asDeferred);
        });
    }

    @Override
    public Mono<Void> deleteById(String id) {
        return blocking(() -> {
            sessions.deleteById(id);
            return Optional.empty();
        });
    }

    @Override
    public Mono<Map<String, StateSession>> findByIndexNameAndIndexValue(String indexName, String indexValue) {
        return blocking(() -> Optional.of(sessions.findByIndexNameAndIndexValue(indexName, indexValue)));
    }

    /** With the client that {@link io.redisstate.session.web.SessionWebFilter} has left in the context. */
    private static <T> Mono<T> blocking(Supplier<Optional<T>> work) {
        return Mono.<T>deferContextual(context -> {
                    Optional<SessionClient> client = context.getOrEmpty(SessionClient.class);
                    return Mono.justOrEmpty(SessionClient.during(client.orElse(null), work));
                })
                .subscribeOn(Schedulers.boundedElastic());
    }
}
