package io.redisstate.lock;

import io.redisstate.core.WakeUps;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one service that wait in Redis, and the messages for them.
 *
 * <p>A message says {@code <id> <token> <now> <expiry>}: the lock is the request's, with that fencing token; or, with token
 * 0, it may be worth looking at the time given as the expiry. Thread-safe.
 */
final class RemoteRequests implements AutoCloseable {

    /** How long the first waiter waits for the subscription, without which it can only poll. */
    private static final Duration FIRST_SUBSCRIPTION = Duration.ofSeconds(1);

    private final WakeUps wakeUps;
    private final LockProtocol protocol;
    private final Executor background;
    private final long handOverMillis;
    private final String service = randomId();
    private final AtomicLong sequence = new AtomicLong();
    private final Map<String, RemoteRequest> waiting = new ConcurrentHashMap<>();
    private final Object lifecycle = new Object();
    private WakeUps.@Nullable Registration registration;
    private volatile boolean listening;
    private volatile boolean closed;

    /**
     * Requests of a service.
     *
     * @param background runs what it is given in any case, see {@link io.redisstate.core.FeatureThreads#executeOrRun}
     */
    RemoteRequests(WakeUps wakeUps, LockProtocol protocol, Executor background, Duration handOver) {
        this.wakeUps = wakeUps;
        this.protocol = protocol;
        this.background = background;
        this.handOverMillis = handOver.toMillis();
    }

    /** A new request; known to nobody yet. */
    RemoteRequest create(String name, Line line, LockOptions options) {
        String id = service + '.' + Long.toString(sequence.incrementAndGet(), Character.MAX_RADIX);
        long lease = options.leaseTime().toMillis();
        return new RemoteRequest(id, name, line, lease, options.renew() ? Math.min(lease, handOverMillis) : lease);
    }

    /**
     * Asks for the lock, without standing in the queue.
     *
     * @return null if it is taken
     */
    @Nullable
    Grant tryOnce(RemoteRequest request) {
        return protocol.acquire(request, false);
    }

    /**
     * Asks for the lock, and stands in the queue if it is taken. Only the first who has to wait opens the subscription, so
     * a service whose locks are always free needs none.
     *
     * @return null if it is taken
     */
    @Nullable
    Grant ask(RemoteRequest request) {
        requireOpen();
        if (!listening) {
            Grant grant = tryOnce(request);
            if (grant != null) {
                return grant;
            }
            listen();
        }
        waiting.put(request.id(), request);
        Grant grant = protocol.acquire(request, true);
        if (grant != null) {
            waiting.remove(request.id());
        } else {
            // Closed meanwhile: nobody would wake it.
            requireOpen();
        }
        return grant;
    }

    /** Expects messages for a request that is queued on another way. */
    void expect(RemoteRequest request) {
        if (!listening) {
            listen();
        }
        waiting.put(request.id(), request);
    }

    void forget(RemoteRequest request) {
        waiting.remove(request.id());
    }

    int size() {
        return waiting.size();
    }

    long safetyPollNanos() {
        return wakeUps.safetyPoll().toNanos();
    }

    private void listen() {
        synchronized (lifecycle) {
            if (registration == null) {
                registration = wakeUps.register(service, this::receive);
            }
        }
        listening = wakeUps.awaitListening(FIRST_SUBSCRIPTION);
    }

    private void receive(@Nullable String data) {
        if (data == null) {
            // Messages may have been missed: everybody looks.
            waiting.values().forEach(request -> {
                request.lookNow();
                request.line().lookAgain(request);
            });
            return;
        }
        String[] words = data.split(" ", -1);
        if (words.length == 4) {
            received(words[0], Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
        }
    }

    private void received(String id, long token, long serverMicros, long expiryMillis) {
        RemoteRequest request = waiting.get(id);
        if (request == null) {
            return;
        }
        if (token == 0) {
            request.lookAt(serverMicros, expiryMillis);
            request.line().lookAgain(request);
            return;
        }
        waiting.remove(id);
        if (!request.line().handedOver(request, request.handedOver(token, serverMicros, expiryMillis))) {
            passOn(request);
        }
    }

    boolean isClosed() {
        return closed;
    }

    static IllegalStateException closedFailure() {
        return new IllegalStateException("The lock service is closed");
    }

    void requireOpen() {
        if (closed) {
            throw closedFailure();
        }
    }

    /** Leaves nothing behind of a request, whatever has become of it; in the background if Redis never answered it. */
    void giveUp(RemoteRequest request) {
        if (request.answered()) {
            waiting.remove(request.id());
            var unused = protocol.release(request, 0, 0, null);
        } else {
            passOn(request);
        }
    }

    /** Gives up, in the background, what nobody here waits for any more. */
    void passOn(RemoteRequest request) {
        passOn(request, 0);
    }

    /**
     * Gives up, in the background, what was lost: a renewal that was under way may have kept it alive in Redis since.
     *
     * @param nextToken the smallest fencing token the next owner may have
     */
    void passOn(RemoteRequest request, long nextToken) {
        waiting.remove(request.id());
        Runnable release = () -> {
            var unused = protocol.release(request, nextToken, 0, null);
        };
        if (closed) {
            // The caller ends anyway.
            release.run();
        } else {
            background.execute(release);
        }
    }

    /** Gives up what waits; the waiters find out that it is closed. */
    @Override
    public void close() {
        closed = true;
        synchronized (lifecycle) {
            if (registration != null) {
                registration.close();
            }
        }
        for (RemoteRequest request : waiting.values()) {
            giveUp(request);
            request.lookNow();
            request.line().lookAgain(request);
        }
    }

    private static String randomId() {
        byte[] id = new byte[9];
        new SecureRandom().nextBytes(id);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
    }
}
