package io.redisstate.autoconfigure;

import io.redisstate.lock.LockService;
import io.redisstate.lock.leader.LeaderElection;
import io.redisstate.lock.leader.Leadership;
import io.redisstate.lock.leader.LeadershipGranted;
import io.redisstate.lock.leader.LeadershipListener;
import io.redisstate.lock.leader.LeadershipRevoked;
import io.redisstate.lock.leader.OnLeaderMethods;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;

/**
 * The elections of an application by name. It becomes a candidate once it has started, and resigns before anything else
 * stops, so that another process takes over at once.
 *
 * @since 0.1
 */
public final class LeaderElections implements SmartLifecycle {

    private static final Log LOG = LogFactory.getLog(LeaderElections.class);

    private final Map<String, LeaderElection> elections = new TreeMap<>();
    private volatile boolean running;

    LeaderElections(
            LockService locks,
            LeaderElectionProperties properties,
            OnLeaderMethods methods,
            ApplicationEventPublisher events) {
        LeadershipListener listener = new LeadershipListener() {
            @Override
            public void granted(Leadership leadership) {
                publish(events, new LeadershipGranted(leadership));
                methods.granted(leadership);
            }

            @Override
            public void revoked(Leadership leadership) {
                methods.revoked(leadership);
                publish(events, new LeadershipRevoked(leadership));
            }
        };
        properties
                .elections()
                .forEach((name, election) ->
                        elections.put(name, new LeaderElection(locks, name, election.leaseTime(), listener)));
    }

    /** A listener that fails, by whatever it throws, does not keep the annotated methods from hearing. */
    private static void publish(ApplicationEventPublisher events, Object event) {
        try {
            events.publishEvent(event);
        } catch (Throwable ex) {
            LOG.error("A listener of " + event + " failed", ex);
        }
    }

    /**
     * The election with this name.
     *
     * @throws IllegalArgumentException if there is none; the message lists those there are
     */
    public LeaderElection election(String name) {
        LeaderElection election = elections.get(name);
        if (election == null) {
            throw new IllegalArgumentException("There is no leader election '" + name + "'; defined are "
                    + new TreeSet<>(elections.keySet()) + " (redis-state.leader.elections.<name>)");
        }
        return election;
    }

    @Override
    public void start() {
        running = true;
        elections.values().forEach(LeaderElection::start);
    }

    @Override
    public void stop() {
        running = false;
        elections.values().forEach(LeaderElection::stop);
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
