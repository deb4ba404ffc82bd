package io.redisstate.benchmarks;

import java.time.Duration;
import java.util.List;

/** All scenarios there are. */
final class Scenarios {

    private static final Duration SECTION = Duration.ofMillis(1);

    static final List<Scenario> ALL = List.of(
            new UncontendedLock(),
            new ContendedLock("lock-contended-1ms", SECTION),
            new ContendedLock("lock-contended-empty", Duration.ZERO),
            new LockOfEightServices(SECTION),
            new RateOnHotKey(),
            new LeasedRate(),
            new DeniedRate(),
            new SessionRequests(SessionSubjects.Request.CREATE),
            new SessionRequests(SessionSubjects.Request.READ),
            new SessionRequests(SessionSubjects.Request.WRITE),
            new CacheHit(),
            new CacheNearHit(),
            new CacheStampede(),
            new CacheGetAll(),
            new CacheClear(),
            new CacheStaleness(),
            new AnnotationOverhead("annotation-overhead", AnnotatedCalls.class),
            new AnnotationOverhead("lock-annotation-overhead", AnnotatedLockCalls.class),
            new PubSubDeliver(),
            new StreamConsume(),
            new StreamPublish(),
            JobScenario.enqueue(),
            JobScenario.bulkEnqueue(),
            JobScenario.process(),
            JobScenario.latency());

    private Scenarios() {}
}
