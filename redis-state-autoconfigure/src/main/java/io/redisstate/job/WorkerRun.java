package io.redisstate.job;

import io.redisstate.core.FeatureThreads;
import io.redisstate.core.WakeUps;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One life of a worker, from start to stop. */
record WorkerRun(JobLoop loop, FeatureThreads threads, FeatureThreads timeouts, WakeUps.Registration registration) {

    static WorkerRun start(
            JobQueue queue,
            JobFormat format,
            WakeUps wakeUps,
            WorkerOptions options,
            Map<String, JobHandlerDefinition> handlers,
            List<Recurrence> recurrences,
            JobMeter meter) {
        FeatureThreads threads =
                new FeatureThreads("job-" + queue.name(), options.virtualThreads(), Duration.ofSeconds(1));
        // A thread of their own: the other one waits for Redis.
        FeatureThreads timeouts = new FeatureThreads("job-" + queue.name() + "-timeout", false, Duration.ZERO);
        JobRunner runner = new JobRunner(queue.name(), handlers, options, format, timeouts::scheduler, meter);
        int most = handlers.values().stream()
                .mapToInt(handler -> handler.attempts() == 0 ? options.attempts() : handler.attempts())
                .max()
                .orElse(options.attempts());
        JobLoop loop = new JobLoop(
                queue.name(),
                wakeUps.channel(),
                wakeUps.safetyPoll(),
                most,
                options,
                new JobLoop.Parts(queue.protocol(), runner, format, queue.recurrences(), recurrences, meter, threads));
        JobLeases leases = new JobLeases(queue.name(), queue.protocol(), loop.held(), options.lease());
        WakeUps.Registration registration =
                wakeUps.register(JobProtocol.topicOf(queue.name()), message -> woken(loop, message));
        loop.start();
        leases.start(threads.scheduler());
        return new WorkerRun(loop, threads, timeouts, registration);
    }

    private static void woken(JobLoop loop, @Nullable String message) {
        if (message != null && message.startsWith("cancel ")) {
            loop.held().cancel(message.substring("cancel ".length()));
        } else {
            loop.wake();
        }
    }

    void stop(Duration drain) {
        loop.stop(drain);
        // Only now: jobs that are waited for can be cancelled.
        registration.close();
        threads.close();
        timeouts.close();
    }
}
