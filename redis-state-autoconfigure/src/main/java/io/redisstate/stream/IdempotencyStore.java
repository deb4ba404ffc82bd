package io.redisstate.stream;

import java.util.Collection;
import java.util.Set;

/**
 * Remembers which messages a group has handled, so that one that comes twice is skipped.
 *
 * <p>A message is noted after its handler has ended and before it is acknowledged. A process that dies between the handler's
 * end and the note repeats it; one that dies between the note and the acknowledgement does not.
 *
 * @since 0.1
 */
public interface IdempotencyStore {

    /** Those of the messages that have been handled; asked once for each batch. */
    Set<String> handledOf(String stream, String group, Collection<String> messageKeys);

    /** Notes that messages have been handled. */
    void markHandled(String stream, String group, Collection<String> messageKeys);
}
