package io.redisstate.stream;

import java.time.Duration;

/**
 * Says what became of messages whose listener acknowledges by hand ({@link AckMode#MANUAL}); of all messages of a batch
 * together. Until then they count as being worked on, also after the handler's return. The first word counts; thread-safe.
 *
 * @since 0.1
 */
public interface Acknowledgement {

    /** It has been done. */
    void acknowledge();

    /** It is to be delivered again, unless it has had all its attempts. */
    void retry(Duration delay);

    /** It failed: retried or given up as if the handler had thrown this. */
    void fail(Throwable failure);
}
