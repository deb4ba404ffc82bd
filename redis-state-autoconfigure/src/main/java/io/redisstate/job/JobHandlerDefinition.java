package io.redisstate.job;

import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who handles the jobs of one type, and how. What is null, zero or empty is as the worker says; what a request says counts
 * more.
 *
 * @param type the type of jobs
 * @param payloadType what the payload is read as
 * @param function what handles them
 * @param attempts after how many they are dead; 0 as the worker says
 * @param backoff how long to wait between them
 * @param timeout after how long an attempt is interrupted; null as the worker says, zero never
 * @param keepResult how long a result that is not null can be looked at
 * @param noRetryFor exceptions, subclasses too, after which a job is dead at once
 * @since 0.1
 */
public record JobHandlerDefinition(
        String type,
        Type payloadType,
        JobFunction<? extends @Nullable Object> function,
        int attempts,
        @Nullable Backoff backoff,
        @Nullable Duration timeout,
        @Nullable Duration keepResult,
        Set<Class<? extends Throwable>> noRetryFor) {

    public JobHandlerDefinition {
        JobRequest.requireText("type", type);
        if (attempts < 0) {
            throw new IllegalArgumentException(
                    "The attempts of jobs of type '" + type + "' are " + attempts + "; allowed are 0 and more");
        }
        if (timeout != null && timeout.isNegative() || keepResult != null && keepResult.isNegative()) {
            throw new IllegalArgumentException(
                    "The timeout and the time to keep results of jobs of type '" + type + "' must not be negative");
        }
        noRetryFor = Set.copyOf(noRetryFor);
    }

    /** A handler with the worker's options. */
    public static <T extends @Nullable Object> JobHandlerDefinition of(
            String type, Type payloadType, JobFunction<T> function) {
        return new JobHandlerDefinition(type, payloadType, function, 0, null, null, null, Set.of());
    }
}
