package io.redisstate.job;

import org.springframework.dao.TransientDataAccessResourceException;

/**
 * Redis has no memory left ({@code maxmemory} reached, policy {@code noeviction}), so nothing was enqueued. Workers go on;
 * enqueue again later.
 *
 * @since 0.1
 */
public class JobQueueFullException extends TransientDataAccessResourceException {

    private static final long serialVersionUID = 1L;

    JobQueueFullException(String queue, Throwable cause) {
        super(
                "Redis is full (maxmemory), nothing was enqueued in '" + queue
                        + "'; its workers go on. Give Redis more memory or enqueue again later",
                cause);
    }
}
