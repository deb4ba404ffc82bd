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
    private boolean closed;

    PresenceHolds(PresenceProtocol protocol, Duration every, FeatureThreads threads) {
        this.protocol = protocol;
        this.every = every;
        this.threads = threads;
    }

    PresenceHold hold(String room, String member) {
        synchronized (held) {
            held.computeIfAbsent(room, key -> new HashMap<>()).merge(member, 1, Integer::sum);
            if (ticks == null) {
                ticks = threads.scheduler()
                        .scheduleWithFixedDelay(this::renew, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
        try {
            settle(room, member);
        } catch (RuntimeException ex) {
            forget(room, member);
            throw ex;
        }
        return new PresenceHold(() -> release(room, member));
    }

    private void release(String room, String member) {
        if (forget(room, member)) {
            settle(room, member);
        }
    }

    /** Whether it was the last hold of the member. */
    private boolean forget(String room, String member) {
        synchronized (held) {
            Map<String, Integer> members = held.getOrDefault(room, new HashMap<>());
            boolean last = members.merge(member, -1, Integer::sum) <= 0;
            if (last) {
                members.remove(member);
            }
            if (members.isEmpty()) {
                held.remove(room);
            }
            if (held.isEmpty()) {
                stopTicks();
            }
            return last;
        }
    }

    /** Says whether a member is there until that is still so when it was said: others may have said the contrary meanwhile. */
    private void settle(String room, String member) {
        boolean there;
        do {
            there = isHeld(room, member);
            List<String> one = List.of(member);
            protocol.calls().execute(there ? protocol.join(room, one) : protocol.leave(room, one));
        } while (isHeld(room, member) != there);
    }

    private boolean isHeld(String room, String member) {
        synchronized (held) {
            return held.getOrDefault(room, Map.of()).containsKey(member);
        }
    }

    private void renew() {
        List<ScriptCall<Long>> calls = new ArrayList<>();
        Map<String, List<String>> renewed = new HashMap<>();
        synchronized (held) {
            held.forEach((room, members) -> {
                List<String> all = List.copyOf(members.keySet());
                renewed.put(room, all);
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
            renewed.forEach(this::settleReleased);
        } catch (RuntimeException ex) {
            LOG.warn("Could not say who is there in " + protocol.topic() + "; trying again: " + ex);
        }
    }

    /** Those released while it was said that they are there. */
    private void settleReleased(String room, List<String> members) {
        List<String> released;
        synchronized (held) {
            Map<String, Integer> still = held.getOrDefault(room, Map.of());
            released = closed
                    ? List.of()
                    : members.stream()
                            .filter(member -> !still.containsKey(member))
                            .toList();
        }
        released.forEach(member -> settle(room, member));
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
            closed = true;
            held.clear();
            stopTicks();
        }
    }
}
