package io.redisstate.autoconfigure;

import io.redisstate.embedded.EmbeddedRedisException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/** Tells why the embedded Redis did not start and what to do. */
final class EmbeddedRedisFailureAnalyzer implements FailureAnalyzer {

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof EmbeddedRedisInProductionException) {
                return new FailureAnalysis(
                        String.valueOf(cause.getMessage()),
                        "Set spring.data.redis.host or spring.data.redis.url to your Redis. To use the embedded one here"
                                + " all the same, set redis-state.embedded.force=true.",
                        cause);
            }
            if (cause instanceof EmbeddedRedisException) {
                return new FailureAnalysis(
                        String.valueOf(cause.getMessage()),
                        "Set spring.data.redis.host or spring.data.redis.url to a Redis that runs already, or"
                                + " redis-state.embedded.enabled=false.",
                        cause);
            }
        }
        return null;
    }
}
