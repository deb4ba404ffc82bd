package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.CacheProtocol.Claim;
import io.redisstate.cache.Flight.Landed;
import io.redisstate.cache.Reading.State;
import io.redisstate.core.WakeUps;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.interceptor.CacheOperationInvoker;
import org.springframework.dao.DataAccessException;

/**
 * Loads each missing value once: one flight for each key in the process, one claim for each key among the processes.
 * Thread-safe.
 */
final class Loads {

    private static final Log LOG = LogFactory.getLog(Loads.class);
    private static final String PROCESS = UUID.randomUUID().toString();
    private static final AtomicLong SEQUENCE = new AtomicLong();
    private static final String NO_WAITER = "";

    private final String name;
    private final CacheSettings settings;
    private final Wiring wiring;
    private final CacheStore store;
    private final CacheProtocol protocol;
    private final CacheCounters counters;
    private final Map<String, Flight> flights = new ConcurrentHashMap<>();
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();

    private final AtomicBoolean refreshFails = new AtomicBoolean();

    private record Failure(Throwable cause, long end) {}

    /** A claim that was won, and what must not have changed when the value is stored. */
    private record Granted(String token, long version) {}

    Loads(String name, CacheSettings settings, Wiring wiring, CacheStore store, CacheCounters counters) {
        this.name = name;
        this.settings = settings;
        this.wiring = wiring;
        this.store = store;
        this.protocol = store.protocol();
        this.counters = counters;
    }

    /** Callers from now on don't get what is being loaded. */
    void forget(String key) {
        flights.remove(key);
        failures.remove(key);
    }

    /** As {@link #forget(String)}, for all keys. */
    void forgetAll() {
        flights.clear();
        failures.clear();
    }

    /** How much is remembered of loads. */
    int footprint() {
        return flights.size() + failures.size();
    }

    /** The load of the key that is under way for callers, if any. */
    @Nullable
    Flight underWay(String key) {
        Flight flight = flights.get(key);
        return flight == null || flight.isRefresh() ? null : flight;
    }

    /**
     * The value of a key that is not in the cache: loaded here, or by who is loading it already.
     *
     * @throws LoadFailure what the loader threw
     */
    @Nullable
    Object load(Request request, Reading reading, Callable<?> loader) {
        long deadline = System.nanoTime() + settings.loadWait().toNanos();
        Reading latest = reading;
        while (true) {
            Flight own = new Flight(false);
            Flight flight = flights.compute(
                    request.key(), (key, present) -> present == null || present.isRefresh() ? own : present);
            if (flight == own) {
                return lead(request, latest, loader, own, deadline);
            }
            if (flight.isOwn()) {
                // The loader asks for what it loads: waiting would be for itself.
                return call(loader);
            }
            Landed landed = await(request, latest, loader, flight, deadline);
            if (landed != null && !landed.superseded()) {
                counters.count(Event.WAIT);
                return landed.value();
            }
            latest = store.read(request);
            if (latest.state() == State.FRESH || latest.state() == State.STALE) {
                return latest.value();
            }
        }
    }

    private @Nullable Landed await(Request request, Reading reading, Callable<?> loader, Flight flight, long deadline) {
        try {
            return flight.end().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException ex) {
            counters.count(Event.WAIT);
            throw failureOf(ex);
        } catch (TimeoutException ex) {
            return new Landed(waitedEnough(request, reading, loader), false);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return new Landed(call(loader), false);
        }
    }

    private static LoadFailure failureOf(ExecutionException ex) {
        Throwable cause = ex.getCause();
        return cause instanceof LoadFailure failure ? failure : new LoadFailure(cause == null ? ex : cause);
    }

    private @Nullable Object lead(Request request, Reading reading, Callable<?> loader, Flight flight, long deadline) {
        try {
            Landed landed = reading.state() == State.AWAY
                    ? new Landed(call(loader), false)
                    : claimAndLoad(request, reading, loader, deadline);
            flight.end().complete(landed);
            return landed.value();
        } catch (LoadFailure | Error ex) {
            flight.end().completeExceptionally(ex);
            throw ex;
        } catch (RuntimeException ex) {
            LoadFailure failure = new LoadFailure(ex);
            flight.end().completeExceptionally(failure);
            throw failure;
        } finally {
            flights.remove(request.key(), flight);
        }
    }

    private Landed claimAndLoad(Request request, Reading first, Callable<?> loader, long deadline) {
        Failure recent = failures.get(request.key());
        if (recent != null && recent.end() - System.nanoTime() > 0) {
            return new Landed(staleOr(first, new LoadFailure(recent.cause())), false);
        }
        String token = PROCESS + '.' + SEQUENCE.incrementAndGet();
        BlockingQueue<String> wake = new ArrayBlockingQueue<>(1);
        String topic = "cache-" + token;
        Reading reading = first;
        try (WakeUps.Registration registration =
                wiring.wakeUps().register(topic, data -> wake.offer(data == null ? "" : data))) {
            String waiter = wiring.wakeUps().channel() + ' ' + topic;
            while (true) {
                Claim claim = protocol.claim(request.key(), token, ClaimRenewal.LEASE, reading.seen(), waiter);
                if (claim instanceof Claim.Won) {
                    return loadClaimed(request, reading, loader, granted(token, reading));
                }
                if (claim instanceof Claim.Queued queued) {
                    return new Landed(
                            store.queued(request.type(), queued.entry()).value(), false);
                }
                if (claim instanceof Claim.Found found) {
                    reading = store.parsed(request, found.entry(), versionNow());
                    if (reading.state() == State.FRESH || reading.state() == State.STALE) {
                        counters.count(Event.WAIT);
                        return new Landed(reading.value(), false);
                    }
                } else if (claim instanceof Claim.Failed failed) {
                    return new Landed(staleOr(reading, remembered(request.key(), failed)), false);
                } else if (claim instanceof Claim.Busy busy) {
                    String news = await(wake, busy.lapse(), deadline);
                    if (news == null && deadline - System.nanoTime() <= 0) {
                        return new Landed(waitedEnough(request, reading, loader), false);
                    }
                    if (news != null && news.startsWith("!")) {
                        counters.count(Event.WAIT);
                        return new Landed(
                                staleOr(
                                        reading,
                                        remembered(
                                                request.key(),
                                                new Claim.Failed(news.substring(1), settings.failureHold()))),
                                false);
                    }
                }
            }
        } catch (DataAccessException ex) {
            store.failed(ex);
            return new Landed(call(loader), false);
        } catch (UnreadableEntryException ex) {
            store.unreadable(ex);
            return new Landed(call(loader), false);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return new Landed(call(loader), false);
        }
    }

    /** After a wait the version may be a later one; the load has not begun yet. */
    private Granted granted(String token, Reading reading) {
        return new Granted(token, Math.max(reading.version(), store.version().known()));
    }

    private long versionNow() {
        return store.version().current(Duration.ZERO);
    }

    private @Nullable String await(BlockingQueue<String> wake, Duration lapse, long deadline)
            throws InterruptedException {
        long limit = Math.min(lapse.toNanos(), wiring.wakeUps().safetyPoll().toNanos());
        return wake.poll(Math.min(limit, Math.max(1, deadline - System.nanoTime())), TimeUnit.NANOSECONDS);
    }

    private LoadFailure remembered(String key, Claim.Failed failed) {
        CacheLoadException cause = new CacheLoadException(
                "The load of '" + key + "' for cache '" + name + "' has failed in another process: " + failed.message(),
                null);
        remember(key, cause, failed.rest());
        return new LoadFailure(cause);
    }

    private void remember(String key, Throwable cause, Duration hold) {
        if (hold.isZero()) {
            return;
        }
        Failure failure = new Failure(cause, System.nanoTime() + hold.toNanos());
        failures.put(key, failure);
        try {
            var unused = wiring.threads()
                    .scheduler()
                    .schedule(() -> failures.remove(key, failure), hold.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IllegalStateException ex) {
            failures.remove(key, failure);
        }
    }

    /** What a failed load gives: the value that is still kept, or the failure. */
    private @Nullable Object staleOr(Reading reading, LoadFailure failure) {
        if (!reading.state().isUsable()) {
            throw failure;
        }
        counters.count(Event.STALE_HIT);
        LOG.debug("The kept value stands in for a failed load of cache '" + name + "'", failure.getCause());
        return reading.value();
    }

    private @Nullable Object waitedEnough(Request request, Reading reading, Callable<?> loader) {
        if (settings.onLoadWait() == CacheSettings.OnLoadWait.LOAD) {
            return call(loader);
        }
        return staleOr(
                reading,
                new LoadFailure(new CacheLoadException(
                        "Another caller has been loading '" + request.key() + "' for cache '" + name
                                + "' for longer than load-wait, " + settings.loadWait(),
                        null)));
    }

    private Landed loadClaimed(Request request, Reading reading, Callable<?> loader, Granted claim) {
        String key = request.key();
        boolean stored = false;
        try (ClaimRenewal.Held held = wiring.renewal()
                .keep(protocol.renew(key, claim.token(), ClaimRenewal.LEASE), settings.loaderTimeout())) {
            List<Entry.TagVersion> tags = store.tags(request);
            long begun = System.nanoTime();
            Object value = call(loader);
            CacheStore.Draft draft = store.draft(request, value, claim.version(), tags, System.nanoTime() - begun);
            stored = draft != null;
            return new Landed(value, draft != null && !isStored(key, claim, draft));
        } catch (LoadFailure ex) {
            stored = true;
            remember(key, ex.getCause(), settings.failureHold());
            release(key, claim, described(ex.getCause()));
            return new Landed(staleOr(reading, ex), false);
        } finally {
            if (!stored) {
                release(key, claim, "");
            }
        }
    }

    /** False if a change of the key has taken the claim away. */
    private boolean isStored(String key, Granted claim, CacheStore.Draft draft) {
        try {
            boolean stored = protocol.store(key, claim.token(), draft.bytes(), draft.ttl());
            if (stored) {
                counters.count(Event.PUT);
            }
            return stored;
        } catch (DataAccessException ex) {
            store.failed(ex);
            release(key, claim, "");
            return true;
        }
    }

    private static String described(Throwable cause) {
        return cause instanceof CacheOperationInvoker.ThrowableWrapper wrapper
                ? wrapper.getOriginal().toString()
                : cause.toString();
    }

    private void release(String key, Granted claim, String failure) {
        try {
            protocol.release(key, claim.token(), failure, settings.failureHold());
        } catch (DataAccessException ex) {
            store.failed(ex);
        }
    }

    /** Loads in this thread, protected from nobody. */
    @Nullable
    Object call(Callable<?> loader) {
        long begun = System.nanoTime();
        Event outcome = Event.FAILED_LOAD;
        try {
            Object value = loader.call();
            outcome = Event.LOAD;
            return value;
        } catch (Exception ex) {
            if (ex instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new LoadFailure(ex);
        } finally {
            counters.loaded(outcome, System.nanoTime() - begun);
        }
    }

    /** As {@link #call}, of many at once. */
    @SuppressWarnings({"unchecked", "NullAway"}) // the loader does not give null
    Map<String, @Nullable Object> callAll(Callable<Map<String, @Nullable Object>> loader) {
        return (Map<String, @Nullable Object>) call(loader);
    }

    /** Loads a value in the background that is given meanwhile, unless somebody does already. */
    void refresh(Request request, Reading reading, Callable<?> loader) {
        Flight flight = new Flight(true);
        if (flights.putIfAbsent(request.key(), flight) != null) {
            return;
        }
        try {
            wiring.threads().executor().execute(() -> refresh(request, reading, loader, flight));
        } catch (RejectedExecutionException | IllegalStateException ex) {
            flights.remove(request.key(), flight);
        }
    }

    private void refresh(Request request, Reading reading, Callable<?> loader, Flight flight) {
        try {
            Failure recent = failures.get(request.key());
            if (recent != null && recent.end() - System.nanoTime() > 0) {
                return;
            }
            String token = PROCESS + '.' + SEQUENCE.incrementAndGet();
            if (protocol.claim(request.key(), token, ClaimRenewal.LEASE, reading.seen(), NO_WAITER)
                    instanceof Claim.Won) {
                counters.count(Event.REFRESH);
                loadClaimed(
                        request, Reading.missing(reading.seen(), reading.version()), loader, granted(token, reading));
                refreshFails.set(false);
            }
        } catch (LoadFailure ex) {
            if (refreshFails.compareAndSet(false, true)) {
                LOG.warn(
                        "A value of cache '" + name + "' could not be refreshed; it is used while it is kept. This is"
                                + " said again only after a refresh that went well",
                        ex.getCause());
            }
        } catch (DataAccessException ex) {
            store.failed(ex);
        } finally {
            flights.remove(request.key(), flight);
            flight.end().complete(new Landed(null, true));
        }
    }
}
