package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.Flight.Landed;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.entry.Reading.State;
import io.redisstate.cache.setting.CacheSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/** Loads each missing value once in the process: one flight for each key, which all its callers wait for. Thread-safe. */
final class Loads {

    private static final Log LOG = LogFactory.getLog(Loads.class);
    private static final Duration LONGEST_REST = Duration.ofSeconds(1);

    private final CacheSettings settings;
    private final Wiring wiring;
    private final CacheStore store;
    private final CacheCounters counters;
    private final Loader loaders;
    private final LoadFailures failures;
    private final ClaimedLoads claimed;
    private final Map<String, Flight> flights = new ConcurrentHashMap<>();
    private final AtomicBoolean refreshFails = new AtomicBoolean();

    Loads(CacheSettings settings, Wiring wiring, CacheStore store, CacheCounters counters, Loader loaders) {
        this.settings = settings;
        this.wiring = wiring;
        this.store = store;
        this.counters = counters;
        this.loaders = loaders;
        this.failures = new LoadFailures(wiring.threads());
        this.claimed = new ClaimedLoads(settings, wiring, store, counters, loaders, failures);
    }

    /** Callers from now on don't get what is being loaded. */
    void forget(String key) {
        flights.remove(key);
        failures.forget(key);
    }

    /** As {@link #forget(String)}, for all keys. */
    void forgetAll() {
        flights.clear();
        failures.forgetAll();
    }

    /** How much is remembered of loads. */
    int footprint() {
        return flights.size() + failures.size();
    }

    /** Whether a load of the key has just failed. */
    boolean hasFailed(String key) {
        return failures.recent(key) != null;
    }

    /** Whether another caller is loading the key; a load that a clear or an invalidation has overtaken is forgotten. */
    boolean isUnderWay(String key) {
        Flight flight = flights.get(key);
        if (flight == null || flight.isRefresh() || flight.isOwn()) {
            return false;
        }
        Flight.Basis basis = flight.basis();
        if (basis == null || store.isCurrent(key, basis.version(), basis.tags())) {
            return true;
        }
        flights.remove(key, flight);
        return false;
    }

    /**
     * The value of a key that is not in the cache: loaded here, or by who is loading it already.
     *
     * @param unread told what the first look shows, if Redis has not been read
     * @throws LoadFailure what the loader threw
     */
    @Nullable
    Object load(Request request, Reading reading, Callable<?> loader, @Nullable Consumer<Reading> unread) {
        long deadline = System.nanoTime() + settings.loadWait().toNanos();
        Reading latest = reading;
        Consumer<Reading> told = unread;
        while (true) {
            Flight own = new Flight(false);
            Flight flight = flights.compute(
                    request.key(), (key, present) -> present == null || present.isRefresh() ? own : present);
            if (flight == own) {
                return lead(request, latest, loader, own, deadline, told);
            }
            if (flight.isOwn()) {
                // The loader asks for what it loads: waiting would be for itself.
                return loaders.call(loader);
            }
            Landed landed = await(request, latest, loader, flight, deadline);
            if (landed != null && !landed.superseded()) {
                counters.count(Event.WAIT);
                return landed.value();
            }
            latest = store.read(request);
            told = null;
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
            return new Landed(claimed.waitedEnough(request, reading, loader), false);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return new Landed(loaders.call(loader), false);
        }
    }

    private static LoadFailure failureOf(ExecutionException ex) {
        Throwable cause = ex.getCause();
        return cause instanceof LoadFailure failure ? failure : new LoadFailure(cause == null ? ex : cause);
    }

    private @Nullable Object lead(
            Request request,
            Reading reading,
            Callable<?> loader,
            Flight flight,
            long deadline,
            @Nullable Consumer<Reading> unread) {
        try {
            Landed landed = reading.state() == State.AWAY
                    ? new Landed(loaders.call(loader), false)
                    : claimed.load(request, reading, loader, flight, deadline, unread);
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
        Duration others = Duration.ZERO;
        try {
            others = claimed.refresh(request, reading, loader, flight);
            if (others.isZero()) {
                refreshFails.set(false);
            }
        } catch (LoadFailure ex) {
            refreshFailed(ex);
        } catch (DataAccessException ex) {
            store.failed(ex);
        } finally {
            leave(request.key(), flight, others);
            flight.end().complete(new Landed(null, true));
        }
    }

    /**
     * As {@link #refresh(Request, Reading, Callable)}, of many at once.
     *
     * @param load loads those it is given, but for what others load already, and gives the keys of which it did
     */
    void refreshAll(List<Request> requests, Function<List<Request>, Set<String>> load) {
        Flight flight = new Flight(true);
        List<Request> own = requests.stream()
                .filter(request -> !hasFailed(request.key()) && flights.putIfAbsent(request.key(), flight) == null)
                .toList();
        if (own.isEmpty()) {
            return;
        }
        try {
            wiring.threads().executor().execute(() -> refreshAll(own, load, flight));
        } catch (RejectedExecutionException | IllegalStateException ex) {
            own.forEach(request -> flights.remove(request.key(), flight));
        }
    }

    private void refreshAll(List<Request> requests, Function<List<Request>, Set<String>> load, Flight flight) {
        Set<String> loaded = Set.of();
        Duration others = Duration.ZERO;
        try {
            loaded = load.apply(requests);
            others = LONGEST_REST;
            refreshFails.set(false);
        } catch (LoadFailure ex) {
            failed(requests, ex);
            refreshFailed(ex);
        } catch (DataAccessException ex) {
            store.failed(ex);
        } finally {
            for (Request request : requests) {
                leave(request.key(), flight, loaded.contains(request.key()) ? Duration.ZERO : others);
            }
            flight.end().complete(new Landed(null, true));
        }
    }

    /** The load of some keys has failed for which kept values stand in: it is not tried again at once. */
    void failed(List<Request> requests, LoadFailure failure) {
        requests.forEach(request -> failures.remember(request.key(), failure.getCause(), settings.failureHold()));
    }

    private void refreshFailed(LoadFailure failure) {
        if (refreshFails.compareAndSet(false, true)) {
            LOG.warn(
                    "A value of cache '" + store.name()
                            + "' could not be refreshed; it is used while it is kept. This"
                            + " is said again only after a refresh that went well",
                    failure.getCause());
        }
    }

    /** While others refresh a key, this process does not ask for each of its callers whether they still do. */
    private void leave(String key, Flight flight, Duration others) {
        if (others.isZero()) {
            flights.remove(key, flight);
            return;
        }
        long millis = Math.min(others.toMillis(), LONGEST_REST.toMillis());
        try {
            var unused = wiring.threads()
                    .scheduler()
                    .schedule(() -> flights.remove(key, flight), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException | IllegalStateException ex) {
            flights.remove(key, flight);
        }
    }
}
