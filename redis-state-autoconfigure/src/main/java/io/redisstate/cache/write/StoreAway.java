package io.redisstate.cache.write;

import java.io.IOException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.CannotCreateTransactionException;

/** Tells failures that say something about the database, or about this process, from those that say something about what is written. */
final class StoreAway {

    private static final int DEEPEST = 20;
    private static final List<Class<? extends Throwable>> SIGNS = List.of(
            TransientDataAccessException.class,
            RecoverableDataAccessException.class,
            NonTransientDataAccessResourceException.class,
            CannotCreateTransactionException.class,
            SQLTransientException.class,
            SQLRecoverableException.class,
            SQLNonTransientConnectionException.class,
            IOException.class,
            InterruptedException.class,
            OutOfMemoryError.class);

    private StoreAway() {}

    /** Whether a failure, or one of its causes, is one that goes away by itself. */
    static boolean isSaidBy(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (isSign(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static boolean isSign(@Nullable Throwable cause) {
        return SIGNS.stream().anyMatch(type -> type.isInstance(cause));
    }
}
