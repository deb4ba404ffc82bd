package io.redisstate.session;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.session.FlushMode;
import org.springframework.session.SaveMode;
import org.springframework.util.ClassUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * Collects the settings of a {@link StateSessionRepository}. Not thread-safe.
 *
 * @since 0.1
 */
public final class StateSessionRepositoryBuilder {

    private CallExecutor calls;
    private String keyPrefix = "redis-state";
    private Duration timeout = Duration.ofMinutes(30);
    private @Nullable Duration maxLifetime;
    private Duration touchInterval = Duration.ofMinutes(1);
    private SaveMode saveMode = SaveMode.ON_SET_ATTRIBUTE;
    private FlushMode flushMode = FlushMode.ON_SAVE;
    private OnUnavailable onUnavailable = OnUnavailable.FAIL;
    private @Nullable SessionLimit limit;
    private Function<String, RuntimeException> refusal = TooManySessionsException::new;
    private int activityEntries;
    private Duration activityTtl = Duration.ofDays(30);
    private SessionSerialization serialization = SessionSerialization.JSON;
    private boolean readOtherFormat;
    private AllowedTypes allowedTypes = new AllowedTypes(List.of());
    private Consumer<JsonMapper.Builder> json = builder -> {};
    private @Nullable ClassLoader classLoader;
    private @Nullable String importedNamespace;
    private Consumer<ApplicationEvent> events = event -> {};

    StateSessionRepositoryBuilder(RedisConnectionFactory connections) {
        calls = ConnectionGuard.of(connections);
    }

    /** What calls go through; by default a guard of its own without a circuit breaker. */
    public StateSessionRepositoryBuilder calls(CallExecutor executor) {
        calls = executor;
        return this;
    }

    /** What all keys start with; {@code redis-state} by default. */
    public StateSessionRepositoryBuilder keyPrefix(String prefix) {
        keyPrefix = prefix;
        return this;
    }

    /** How long a new session lives without a request; 30 minutes by default. */
    public StateSessionRepositoryBuilder timeout(Duration inactive) {
        timeout = inactive;
        return this;
    }

    /** How long any session lives at most, however much it is used; unbounded by default. */
    public StateSessionRepositoryBuilder maxLifetime(Duration lifetime) {
        requirePositive("longest lifetime", lifetime);
        maxLifetime = lifetime;
        return this;
    }

    /**
     * How far the noted last access may lie behind the real one, and so how much longer than the timeout a session may live;
     * one minute by default, and never more than a tenth of the timeout.
     */
    public StateSessionRepositoryBuilder touchInterval(Duration interval) {
        requirePositive("touch interval", interval);
        touchInterval = interval;
        return this;
    }

    /** Which attributes may have changed: those set (default), those read too, or all. What is the same is not written. */
    public StateSessionRepositoryBuilder saveMode(SaveMode mode) {
        saveMode = mode;
        return this;
    }

    /** Whether changes are written at the end of the request (default) or at once. */
    public StateSessionRepositoryBuilder flushMode(FlushMode mode) {
        flushMode = mode;
        return this;
    }

    /** What becomes of a request while Redis can't be reached; by default it fails. */
    public StateSessionRepositoryBuilder onUnavailable(OnUnavailable behaviour) {
        onUnavailable = behaviour;
        return this;
    }

    /** How many sessions a user may have; any number by default. */
    public StateSessionRepositoryBuilder limit(SessionLimit sessionsOfUser) {
        limit = sessionsOfUser;
        return this;
    }

    /** Makes the exception of a refused login from its message; {@link TooManySessionsException} by default. */
    public StateSessionRepositoryBuilder refusal(Function<String, RuntimeException> exception) {
        refusal = exception;
        return this;
    }

    /**
     * Records what users do.
     *
     * @param entries the latest of each user that are kept; 0, the default, records nothing
     * @param ttl how long they are kept after the last
     */
    public StateSessionRepositoryBuilder activity(int entries, Duration ttl) {
        requirePositive("time that activity is kept", ttl);
        activityEntries = entries;
        activityTtl = ttl;
        return this;
    }

    /** How attribute values are written; JSON by default. */
    public StateSessionRepositoryBuilder serialization(SessionSerialization format) {
        serialization = format;
        return this;
    }

    /** Whether values in the other format are read too, while a deployment that changes it rolls. */
    public StateSessionRepositoryBuilder readOtherFormat(boolean both) {
        readOtherFormat = both;
        return this;
    }

    /**
     * The types that may be read beside plain values, collections and Spring Security's: {@code com.shop.Cart},
     * {@code com.shop.*}, {@code com.shop.**}.
     *
     * @throws IllegalArgumentException naming what is no type
     */
    public StateSessionRepositoryBuilder allowedTypes(List<String> types) {
        allowedTypes = new AllowedTypes(types);
        return this;
    }

    /** Changes the mapper of {@link SessionSerialization#JSON}, such as by modules for the application's types. */
    public StateSessionRepositoryBuilder json(Consumer<JsonMapper.Builder> customizer) {
        json = customizer;
        return this;
    }

    /** Where the classes of values are; the thread's context class loader by default. */
    public StateSessionRepositoryBuilder classLoader(ClassLoader loader) {
        classLoader = loader;
        return this;
    }

    /**
     * Takes over sessions of Spring Session's own repositories.
     *
     * @param namespace theirs, such as {@code spring:session}
     */
    public StateSessionRepositoryBuilder importFrom(String namespace) {
        importedNamespace = namespace;
        return this;
    }

    /** Who is told of created, deleted, revoked and expired sessions. */
    public StateSessionRepositoryBuilder events(Consumer<ApplicationEvent> listener) {
        events = listener;
        return this;
    }

    /**
     * Makes the repository; nothing is asked of Redis.
     *
     * @throws IllegalArgumentException if the key prefix can't be used
     */
    public StateSessionRepository build() {
        return new StateSessionRepository(this);
    }

    private static void requirePositive(String what, Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException("The " + what + " is " + duration + "; it must be positive");
        }
    }

    SessionSettings settings() {
        return new SessionSettings(
                timeout,
                maxLifetime,
                touchInterval,
                saveMode,
                flushMode,
                onUnavailable,
                limit,
                activityEntries,
                activityTtl);
    }

    SessionStore store() {
        return new SessionStore(calls, new SessionKeys(keyPrefix));
    }

    SessionCodec codec() {
        ClassLoader classes = classLoader == null ? ClassUtils.getDefaultClassLoader() : classLoader;
        if (classes == null) {
            classes = StateSessionRepositoryBuilder.class.getClassLoader();
        }
        return new SessionCodec(
                new JsonValues(allowedTypes, classes, json),
                new JdkValues(allowedTypes, classes),
                serialization,
                readOtherFormat);
    }

    Function<String, RuntimeException> refusal() {
        return refusal;
    }

    @Nullable
    String importedNamespace() {
        return importedNamespace;
    }

    Consumer<ApplicationEvent> events() {
        return events;
    }
}
