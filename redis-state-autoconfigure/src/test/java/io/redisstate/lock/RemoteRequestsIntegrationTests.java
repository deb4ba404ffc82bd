package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.core.FeatureThreads;
import io.redisstate.core.WakeUps;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a service gives up while it ends. */
@RedisTest
class RemoteRequestsIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();

    @Test
    void whatIsPassedOnWhileTheThreadsEndIsGivenUpInRedisAllTheSame() throws Exception {
        try (LockService locks =
                        LockService.builder(redis.jedis()).keyPrefix(prefix).build();
                WakeUps wakeUps = new WakeUps(redis.jedis(), prefix, Duration.ofSeconds(10));
                FeatureThreads threads = new FeatureThreads("lock", false, Duration.ofSeconds(30));
                RemoteRequests requests =
                        new RemoteRequests(wakeUps, locks.protocol(), threads::executeOrRun, Duration.ofSeconds(5))) {
            LockLease held = locks.acquire("a");
            for (boolean closedBefore : new boolean[] {false, true}) {
                RemoteRequest request = requests.create("a", new NobodysLine(), LockOptions.defaults());
                assertThat(requests.ask(request)).isNull();
                assertThat(waiting()).isEqualTo(1);

                if (closedBefore) {
                    threads.close();
                    requests.passOn(request);
                } else {
                    try (FeatureThreads ending = new FeatureThreads("lock", false, Duration.ofSeconds(30))) {
                        new RemoteRequests(wakeUps, locks.protocol(), ending::executeOrRun, Duration.ofSeconds(5))
                                .passOn(request);
                    }
                    requests.forget(request);
                }

                assertThat(waiting()).isZero();
            }
            held.release();
        }
    }

    private long waiting() {
        return String.valueOf(redis.command("GET", prefix + ":lock:{a}"))
                        .lines()
                        .count()
                - 1;
    }

    private static final class NobodysLine implements Line {

        @Override
        public long advance(Waiter waiter) {
            return UNTIL_SIGNALLED;
        }

        @Override
        public boolean leave(Waiter waiter) {
            return true;
        }

        @Override
        public boolean handedOver(RemoteRequest request, Grant grant) {
            return false;
        }

        @Override
        public void lookAgain(RemoteRequest request) {}

        @Override
        public boolean release(HeldLease lease) {
            return false;
        }

        @Override
        public void lost(Tenure tenure) {}
    }
}
