package io.redisstate.job;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a handler may know about the job it is handling, and tell. Valid until the handler returns; thread-safe.
 *
 * @since 0.1
 */
public interface JobContext {

    /** The id of the job. */
    String id();

    /** Its queue. */
    String queue();

    /** Its type. */
    String type();

    /** Which attempt this is, from 1. Attempts whose worker died count. */
    int attempt();

    /** After how many attempts it is dead. */
    int maxAttempts();

    /** What the request gave. */
    Map<String, String> metadata();

    /**
     * Says how far the job is; whoever inspects the job sees the last one. One round trip. Does nothing if Redis is away or
     * full: progress is no reason to fail.
     *
     * @param progress what Jackson can write
     */
    void progress(@Nullable Object progress);

    /**
     * Renews the lease now, which otherwise happens by itself every third of it; before a step that must not be done twice.
     * One round trip.
     *
     * @throws JobLeaseLostException if another worker may have the job; nothing this handler returns counts any more
     * @throws org.springframework.dao.DataAccessException if Redis can't be asked
     */
    void heartbeat();

    /** Whether the handler should end: the job was cancelled, is over its timeout, or the lease is lost. No round trip. */
    boolean isCancelled();
}
