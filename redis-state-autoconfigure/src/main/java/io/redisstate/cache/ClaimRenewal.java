package io.redisstate.cache;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.FeatureThreads;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.dao.DataAccessException;

/** Keeps the claims of this process's loads, all in one pipeline, so that a short lease does for a long load. */
final class ClaimRenewal {

    /** How long a claim stands whose process has died. */
    static final Duration LEASE = Duration.ofSeconds(3);

    private static final Log LOG = LogFactory.getLog(ClaimRenewal.class);

    private final CallExecutor calls;
    private final FeatureThreads threads;
    private final Set<Held> held = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean ticking = new AtomicBoolean();

    ClaimRenewal(CallExecutor calls, FeatureThreads threads) {
        this.calls = calls;
        this.threads = threads;
    }

    /** A claim being kept until it is closed or the loader's time is over. */
    final class Held implements AutoCloseable {

        private final ScriptCall<Long> renewal;
        private final long deadline;

        private Held(ScriptCall<Long> renewal, long deadline) {
            this.renewal = renewal;
            this.deadline = deadline;
        }

        @Override
        public void close() {
            held.remove(this);
        }
    }

    Held keep(ScriptCall<Long> renewal, Duration limit) {
        Held claim = new Held(renewal, System.nanoTime() + limit.toNanos());
        held.add(claim);
        tickLater();
        return claim;
    }

    private void tickLater() {
        if (ticking.compareAndSet(false, true)) {
            try {
                var unused = threads.scheduler().schedule(this::tick, LEASE.toMillis() / 3, TimeUnit.MILLISECONDS);
            } catch (IllegalStateException ex) {
                LOG.debug("Claims are not renewed: shutting down", ex);
            }
        }
    }

    private void tick() {
        ticking.set(false);
        long now = System.nanoTime();
        held.removeIf(claim -> claim.deadline - now < 0);
        List<ScriptCall<Long>> renewals = new ArrayList<>();
        held.forEach(claim -> renewals.add(claim.renewal));
        if (renewals.isEmpty()) {
            return;
        }
        try {
            calls.executeAll(renewals);
        } catch (DataAccessException ex) {
            LOG.debug("Claims were not renewed", ex);
        }
        tickLater();
    }
}
