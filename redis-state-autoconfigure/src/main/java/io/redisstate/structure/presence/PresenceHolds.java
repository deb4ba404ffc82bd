package io.redisstate.structure.presence;

import io.redisstate.core.FeatureThreads;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** The members that this process keeps there, how often each, and the tick that says so. */
final class PresenceHolds implements AutoCloseable {

    private static final Log LOG = LogFactory.getLog(PresenceHolds.class);
    private static final int CHUNK = 1_000;

    private final PresenceProtocol protocol;
    private final Duration every;
    private final FeatureThreads threads;
    private final Map<String, Map<String, Integer>> held = new HashMap<>();
    private @Nullable ScheduledFuture<?> ticks;

    PresenceHolds(PresenceProtocol protocol, Duration every, FeatureThreads threads) {
        this.protocol = protocol;
        this.every = every;
        this.threads = threads;
    }

    PresenceHold hold(String room, String member) {
        protocol.calls().execute(protocol.join(room, List.of(member)));
        synchronized (held) {
            held.computeIfAbsent(room, key -> new HashMap<>()).merge(member, 1, Integer::sum);
            if (ticks == null) {
                ticks = threads.scheduler()
                        .scheduleWithFixedDelay(this::renew, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
        return new PresenceHold(() -> release(room, member));
    }

    private void release(String room, String member) {
        boolean last;
        synchronized (held) {
            Map<String, Integer> members = held.getOrDefault(room, new HashMap<>());
            last = members.merge(member, -1, Integer::sum) <= 0;
            if (last) {
                members.remove(member);
            }
            if (members.isEmpty()) {
                held.remove(room);
            }
            if (held.isEmpty()) {
                stopTicks();
            }
        }
        if (last) {
            protocol.calls().execute(protocol.leave(room, List.of(member)));
        }
    }

    private void renew() {
        List<ScriptCall<Long>> calls = new ArrayList<>();
        synchronized (held) {
            held.forEach((room, members) -> {
                List<String> all = List.copyOf(members.keySet());
                for (int i = 0; i < all.size(); i += CHUNK) {
                    calls.add(protocol.join(room, all.subList(i, Math.min(all.size(), i + CHUNK))));
                }
            });
        }
        try {
            protocol.calls().executeAll(calls).forEach(outcome -> {
                if (outcome.error() != null) {
                    throw outcome.error();
                }
            });
        } catch (RuntimeException ex) {
            LOG.warn("Could not say who is there in " + protocol.topic() + "; trying again: " + ex);
        }
    }

    private void stopTicks() {
        if (ticks != null) {
            ticks.cancel(false);
            ticks = null;
        }
    }

    @Override
    public void close() {
        synchronized (held) {
            held.clear();
            stopTicks();
        }
    }
}
