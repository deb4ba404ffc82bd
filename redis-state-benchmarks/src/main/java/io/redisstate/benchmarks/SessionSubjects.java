package io.redisstate.benchmarks;

import io.redisstate.session.StateSessionRepository;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.session.data.redis.RedisIndexedSessionRepository;
import org.springframework.session.data.redis.RedisSessionRepository;
import redis.clients.jedis.RedisClient;

/**
 * Who keeps sessions: each does with its repository what Spring Session's filter does in a request. Each thread has a session
 * of its own, with a user and three attributes.
 */
record SessionSubjects(Target target, int threads, Request request) {

    private static final long TIMEOUT = 1_800;
    private static final Map<String, String> ATTRIBUTES =
            Map.of("sessionAttr:cart", "bread, wine", "sessionAttr:theme", "dark", "sessionAttr:user", "alice");

    /** What a request does with its session. */
    enum Request {
        /** Makes one. */
        CREATE,
        /** Reads it and changes nothing. */
        READ,
        /** Reads it and changes an attribute. */
        WRITE
    }

    List<Subject> all() {
        return List.of(bareJedis(), redisState(), springSession(), springSessionIndexed());
    }

    /** The least there can be: a hash, and a TTL for a new one. */
    private Subject bareJedis() {
        RedisClient jedis = target.jedis();
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            keys.add("floor:session:" + i);
            jedis.hset(keys.get(i), ATTRIBUTES);
        }
        return Subject.of(Subject.FLOOR, jedis, thread -> {
            switch (request) {
                case CREATE -> {
                    String key = "floor:session:" + UUID.randomUUID();
                    jedis.hset(key, ATTRIBUTES);
                    jedis.expire(key, TIMEOUT);
                }
                case READ -> jedis.hgetAll(keys.get(thread));
                case WRITE -> {
                    jedis.hgetAll(keys.get(thread));
                    jedis.hset(keys.get(thread), "sessionAttr:counter", Long.toString(System.nanoTime()));
                }
            }
        });
    }

    private Subject redisState() {
        JedisConnectionFactory connections = target.connections();
        StateSessionRepository sessions =
                StateSessionRepository.builder(connections).keyPrefix("bench").build();
        return subject(Subject.US, sessions, connections::destroy);
    }

    private Subject springSession() {
        JedisConnectionFactory connections = target.connections();
        return subject("spring-session", new RedisSessionRepository(template(connections)), connections::destroy);
    }

    private Subject springSessionIndexed() {
        JedisConnectionFactory connections = target.connections();
        RedisIndexedSessionRepository sessions = new RedisIndexedSessionRepository(template(connections));
        return subject("spring-session-indexed", sessions, connections::destroy);
    }

    private static RedisTemplate<String, Object> template(JedisConnectionFactory connections) {
        RedisTemplate<String, Object> template = new RedisTemplate<>();
        template.setConnectionFactory(connections);
        template.setKeySerializer(RedisSerializer.string());
        template.setHashKeySerializer(RedisSerializer.string());
        template.afterPropertiesSet();
        return template;
    }

    private <S extends Session> Subject subject(String name, SessionRepository<S> sessions, AutoCloseable resources) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            ids.add(create(sessions, i));
        }
        return Subject.of(name, resources, thread -> {
            if (request == Request.CREATE) {
                create(sessions, thread);
                return;
            }
            S session = Objects.requireNonNull(sessions.findById(ids.get(thread)));
            session.setLastAccessedTime(Instant.now());
            if (request == Request.WRITE) {
                session.setAttribute("counter", System.nanoTime());
            }
            sessions.save(session);
        });
    }

    private static <S extends Session> String create(SessionRepository<S> sessions, int thread) {
        S session = sessions.createSession();
        session.setAttribute(FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME, "user" + thread);
        session.setAttribute("cart", "bread, wine");
        session.setAttribute("theme", "dark");
        sessions.save(session);
        return session.getId();
    }
}
