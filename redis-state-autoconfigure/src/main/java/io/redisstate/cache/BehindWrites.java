package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.entry.UnreadableEntryException;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.WriteBehindSettings;
import io.redisstate.cache.write.CacheWriteException;
import io.redisstate.cache.write.TypedWriter;
import io.redisstate.cache.write.WriteBehind;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Puts change the entry and queue its write, both at once. Until it is made, reads that find no entry find the queued value.
 * Thread-safe.
 */
final class BehindWrites implements Writes {

    private final JsonCodec json = new JsonCodec(JsonMapper.shared());
    private final CacheSettings settings;
    private final WriteBehindSettings behindSettings;
    private final Wiring wiring;
    private final TypedWriter writer;
    private final CacheStore store;
    private final CacheProtocol protocol;
    private final CacheCounters counters;
    private final TransactionalChanges changes;
    private final Consumer<String> forget;
    private final WriteBehind behind;

    /** @param forget told of each key that was changed */
    BehindWrites(
            CacheSettings settings,
            WriteBehindSettings behindSettings,
            Wiring wiring,
            TypedWriter writer,
            CacheStore store,
            CacheCounters counters,
            TransactionalChanges changes,
            Consumer<String> forget) {
        this.settings = settings;
        this.behindSettings = behindSettings;
        this.wiring = wiring;
        this.writer = writer;
        this.store = store;
        this.protocol = store.protocol();
        this.counters = counters;
        this.changes = changes;
        this.forget = forget;
        this.behind = new WriteBehind(
                writer,
                behindSettings,
                wiring.repeatingCalls(),
                protocol.keys().writes(),
                json,
                entry -> store.codec().queued(settings.type(), entry).value(),
                wiring.threads());
    }

    WriteBehind behind() {
        return behind;
    }

    /** The values whose writes are still to be made, by the keys' texts; 1 round trip. */
    Map<String, Reading> queued(List<Request> requests) {
        Map<String, Reading> found = new HashMap<>();
        try {
            List<CallExecutor.Outcome<byte @Nullable []>> outcomes = protocol.calls()
                    .executeAll(requests.stream()
                            .map(request -> protocol.queued(request.key()))
                            .toList());
            for (int i = 0; i < outcomes.size(); i++) {
                byte[] data = outcomes.get(i).get();
                if (data != null) {
                    Request request = requests.get(i);
                    found.put(request.key(), store.codec().queued(request.type(), CacheProtocol.entryOf(data)));
                }
            }
        } catch (DataAccessException ex) {
            store.failed(ex);
        } catch (UnreadableEntryException ex) {
            store.codec().unreadable(ex);
        }
        return found;
    }

    @Override
    public void deleteAll(List<Request> requests) {
        putAll(requests, Collections.nCopies(requests.size(), null));
    }

    @Override
    public void putAll(List<Request> requests, List<@Nullable Object> values) {
        for (int i = 0; i < requests.size(); i++) {
            writer.requireKey(requests.get(i).given());
            Object value = values.get(i);
            if (value != null) {
                writer.requireValue(value);
            }
        }
        if (!changes.isPostponed(settings.transactionAware())) {
            putNow(requests, values);
            return;
        }
        for (int i = 0; i < requests.size(); i++) {
            List<Request> one = List.of(requests.get(i));
            List<@Nullable Object> value = Collections.singletonList(values.get(i));
            changes.change(true, requests.get(i).key(), () -> putNow(one, value));
        }
    }

    private void putNow(List<Request> requests, List<@Nullable Object> values) {
        wiring.coherence().begin();
        behind.start();
        try {
            List<ScriptCall<Long>> calls = new ArrayList<>(requests.size());
            for (int i = 0; i < requests.size(); i++) {
                calls.add(call(requests.get(i), values.get(i)));
            }
            List<CallExecutor.Outcome<Long>> outcomes = wiring.repeatingCalls().executeAll(calls);
            for (int i = 0; i < outcomes.size(); i++) {
                queued(requests.get(i), outcomes.get(i).get());
            }
        } catch (DataAccessException ex) {
            store.failed(ex);
            throw new CacheWriteException(
                    "A write of cache '" + store.name() + "' could not be queued: " + ex.getMessage(), ex);
        } finally {
            requests.forEach(request -> forget.accept(request.key()));
        }
    }

    private ScriptCall<Long> call(Request request, @Nullable Object value) {
        EntryCodec.Draft draft;
        try {
            draft = store.codec()
                    .draftOfWrite(value, store.version().current(Duration.ZERO), store.tags(request.tagsOf(value)));
        } catch (DataAccessException ex) {
            throw ex;
        } catch (RuntimeException | StackOverflowError ex) {
            throw new CacheWriteException(
                    "A value can't be queued in cache '" + store.name() + "': " + ex.getMessage(), ex);
        }
        return protocol.write(
                request.key(), json.encode(request.given()), draft.bytes(), draft.ttl(), behindSettings.maxPending());
    }

    private void queued(Request request, long outcome) {
        if (outcome == 0) {
            throw new CacheWriteException(
                    "More than " + behindSettings.maxPending() + " writes of cache '" + store.name()
                            + "' are waiting (write-behind.max-pending)",
                    null);
        }
        if (outcome == 2) {
            behind.coalesced();
        }
        wiring.unwritten().done(store.name(), request.key());
        counters.count(Event.PUT);
    }
}
