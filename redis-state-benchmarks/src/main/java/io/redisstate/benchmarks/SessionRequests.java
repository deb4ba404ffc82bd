package io.redisstate.benchmarks;

import java.util.List;
import java.util.Locale;

/** Requests with a session. The floor is bare Jedis. */
final class SessionRequests implements Scenario {

    private final SessionSubjects.Request request;

    SessionRequests(SessionSubjects.Request request) {
        this.request = request;
    }

    @Override
    public String name() {
        return "session-" + request.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<Integer> threads() {
        return List.of(1, 8);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        return new SessionSubjects(target, threads, request).all();
    }
}
