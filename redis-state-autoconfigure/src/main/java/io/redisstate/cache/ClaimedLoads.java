package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.CacheProtocol.Claim;
import io.redisstate.cache.EntryCodec.Draft;
import io.redisstate.cache.Flight.Landed;
import io.redisstate.cache.entry.Entry;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.entry.Reading.State;
import io.redisstate.cache.entry.UnreadableEntryException;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.core.WakeUps;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.interceptor.CacheOperationInvoker;
import org.springframework.dao.DataAccessException;

/** Loads each missing value once among the processes: who has the claim loads, the others wait. Thread-safe. */
final class ClaimedLoads {

    private static final Log LOG = LogFactory.getLog(ClaimedLoads.class);
    private static final String PROCESS = UUID.randomUUID().toString();
    private static final AtomicLong SEQUENCE = new AtomicLong();
    private static final String NO_WAITER = "";
    private static final Duration SHORTEST_REST = Duration.ofMillis(1);

    private final CacheSettings settings;
    private final Wiring wiring;
    private final CacheStore store;
    private final CacheProtocol protocol;
    private final CacheCounters counters;
    private final Loader loaders;
    private final LoadFailures failures;

    /** A claim that was won, and what must not have changed when the value is stored. */
    private record Granted(String token, long version) {}

    ClaimedLoads(
            CacheSettings settings,
            Wiring wiring,
            CacheStore store,
            CacheCounters counters,
            Loader loaders,
            LoadFailures failures) {
        this.settings = settings;
        this.wiring = wiring;
        this.store = store;
        this.protocol = store.protocol();
        this.counters = counters;
        this.loaders = loaders;
        this.failures = failures;
    }

    /**
     * The value of a key, loaded here or by who has the claim.
     *
     * @param first what Redis holds
     * @param unread told what the first look shows, if Redis has not been read
     * @throws LoadFailure what the loader threw
     */
    Landed load(
            Request request,
            Reading first,
            Callable<?> loader,
            Flight flight,
            long deadline,
            @Nullable Consumer<Reading> unread) {
        Throwable recent = failures.recent(request.key());
        if (recent != null) {
            return new Landed(staleOr(first, new LoadFailure(recent)), false);
        }
        String token = token();
        BlockingQueue<String> wake = new ArrayBlockingQueue<>(1);
        String topic = "cache-" + token;
        try (WakeUps.Registration registration =
                wiring.wakeUps().register(topic, data -> wake.offer(data == null ? "" : data))) {
            return load(request, first, loader, deadline, unread, new Wait(token, topic, wake, flight));
        } catch (DataAccessException ex) {
            store.failed(ex);
            return new Landed(loaders.call(loader), false);
        } catch (UnreadableEntryException ex) {
            store.codec().unreadable(ex);
            return new Landed(loaders.call(loader), false);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return new Landed(loaders.call(loader), false);
        }
    }

    private record Wait(String token, String topic, BlockingQueue<String> wake, Flight flight) {}

    private static String token() {
        return PROCESS + '.' + SEQUENCE.incrementAndGet();
    }

    private Landed load(
            Request request,
            Reading first,
            Callable<?> loader,
            long deadline,
            @Nullable Consumer<Reading> unread,
            Wait wait)
            throws InterruptedException {
        String waiter = wiring.wakeUps().channel() + ' ' + wait.topic();
        Reading reading = first;
        Consumer<Reading> told = unread;
        while (true) {
            Claim claim = protocol.claim(request.key(), wait.token(), ClaimRenewal.LEASE, reading.seen(), waiter);
            Reading usable = null;
            if (claim instanceof Claim.Found found) {
                reading = store.parsed(request, found.entry(), store.version().current(Duration.ZERO));
                usable = reading.state() == State.FRESH || reading.state() == State.STALE ? reading : null;
            }
            if (told != null) {
                told.accept(usable == null ? Reading.missing(null, 0) : usable);
            } else if (usable != null) {
                counters.count(Event.WAIT);
            }
            told = null;
            if (usable != null) {
                return new Landed(usable.value(), false);
            }
            if (claim instanceof Claim.Won) {
                return loadClaimed(request, reading, loader, granted(wait.token(), reading), wait.flight());
            }
            if (claim instanceof Claim.Queued queued) {
                return new Landed(
                        store.codec().queued(request.type(), queued.entry()).value(), false);
            }
            if (claim instanceof Claim.Failed failed) {
                return new Landed(staleOr(reading, failedElsewhere(request.key(), failed)), false);
            }
            if (claim instanceof Claim.Busy busy) {
                Landed landed = await(request, reading, loader, deadline, wait.wake(), busy.lapse());
                if (landed != null) {
                    return landed;
                }
            }
        }
    }

    /** Null if it is time to look again. */
    private @Nullable Landed await(
            Request request,
            Reading reading,
            Callable<?> loader,
            long deadline,
            BlockingQueue<String> wake,
            Duration lapse)
            throws InterruptedException {
        long limit = Math.min(lapse.toNanos(), wiring.wakeUps().safetyPoll().toNanos());
        String news = wake.poll(Math.min(limit, Math.max(1, deadline - System.nanoTime())), TimeUnit.NANOSECONDS);
        if (news == null && deadline - System.nanoTime() <= 0) {
            return new Landed(waitedEnough(request, reading, loader), false);
        }
        if (news == null || !news.startsWith("!")) {
            return null;
        }
        counters.count(Event.WAIT);
        Claim.Failed failed = new Claim.Failed(news.substring(1), settings.failureHold());
        return new Landed(staleOr(reading, failedElsewhere(request.key(), failed)), false);
    }

    /** After a wait the version may be a later one; the load has not begun yet. */
    private Granted granted(String token, Reading reading) {
        long version = Math.max(reading.version(), store.version().known());
        return new Granted(token, version == 0 ? store.version().current(Duration.ZERO) : version);
    }

    private LoadFailure failedElsewhere(String key, Claim.Failed failed) {
        CacheLoadException cause = new CacheLoadException(
                "The load of '" + key + "' for cache '" + store.name() + "' has failed in another process: "
                        + failed.message(),
                null);
        failures.remember(key, cause, failed.rest());
        return new LoadFailure(cause);
    }

    /** What a failed load gives: the value that is still kept, or the failure. */
    private @Nullable Object staleOr(Reading reading, LoadFailure failure) {
        if (!reading.state().isUsable()) {
            throw failure;
        }
        counters.count(Event.STALE_HIT);
        LOG.debug("The kept value stands in for a failed load of cache '" + store.name() + "'", failure.getCause());
        return reading.value();
    }

    /** What a caller gets for whom another's load takes too long. */
    @Nullable
    Object waitedEnough(Request request, Reading reading, Callable<?> loader) {
        if (settings.onLoadWait() == CacheSettings.OnLoadWait.LOAD) {
            return loaders.call(loader);
        }
        return staleOr(
                reading,
                new LoadFailure(new CacheLoadException(
                        "Another caller has been loading '" + request.key() + "' for cache '" + store.name()
                                + "' for longer than load-wait, " + settings.loadWait(),
                        null)));
    }

    /**
     * Loads a value that is given meanwhile, unless somebody does already or it has just failed.
     *
     * @return zero if it was loaded, else for how long it is to be left to those others
     * @throws LoadFailure what the loader threw
     */
    Duration refresh(Request request, Reading reading, Callable<?> loader, Flight flight) {
        if (failures.recent(request.key()) != null) {
            return SHORTEST_REST;
        }
        String token = token();
        Claim claim = protocol.claim(request.key(), token, ClaimRenewal.LEASE, reading.seen(), NO_WAITER);
        if (claim instanceof Claim.Busy busy) {
            return busy.lapse();
        }
        if (claim instanceof Claim.Failed failed) {
            return failed.rest();
        }
        if (!(claim instanceof Claim.Won)) {
            return SHORTEST_REST;
        }
        counters.count(Event.REFRESH);
        loadClaimed(
                request, Reading.missing(reading.seen(), reading.version()), loader, granted(token, reading), flight);
        return Duration.ZERO;
    }

    private Landed loadClaimed(Request request, Reading reading, Callable<?> loader, Granted claim, Flight flight) {
        String key = request.key();
        boolean settled = false;
        try (ClaimRenewal.Held held = wiring.renewal()
                .keep(protocol.renew(key, claim.token(), ClaimRenewal.LEASE), settings.loaderTimeout())) {
            LoadTags tags = LoadTags.before(request, store, wiring.versions());
            List<Entry.TagVersion> before = tags.versions();
            flight.begins(new Flight.Basis(claim.version(), before));
            long begun = System.nanoTime();
            Object value = loaders.call(loader);
            long nanos = System.nanoTime() - begun;
            if (!isFixed(tags, value)) {
                return new Landed(value, true);
            }
            Draft draft = store.codec().draft(request, value, claim.version(), tags.versions(), nanos);
            settled = draft != null;
            boolean stored = draft == null || isStored(key, claim, draft);
            return new Landed(value, !stored || store.isKnownOutOfDate(key, claim.version(), before));
        } catch (LoadFailure ex) {
            settled = true;
            failures.remember(key, ex.getCause(), settings.failureHold());
            release(key, claim, described(ex.getCause()));
            return new Landed(staleOr(reading, ex), false);
        } finally {
            if (!settled) {
                release(key, claim, "");
            }
        }
    }

    /** False if the value may be out of date, or Redis does not say: it is given, but not stored, and not loaded again. */
    private boolean isFixed(LoadTags tags, @Nullable Object value) {
        try {
            return tags.fixAfter(value);
        } catch (DataAccessException ex) {
            store.failed(ex);
            return false;
        }
    }

    /** False if a change of the key has taken the claim away. */
    private boolean isStored(String key, Granted claim, Draft draft) {
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
}
