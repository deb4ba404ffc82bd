package io.redisstate.cache.entry;

import org.jspecify.annotations.Nullable;

/** An entry can't be read, which is a miss; without a stack trace, since it is never thrown to a caller. */
public final class UnreadableEntryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UnreadableEntryException(String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
    }
}
