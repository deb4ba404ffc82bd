package io.redisstate.structure.transaction;

import org.springframework.dao.OptimisticLockingFailureException;

/**
 * A transaction was not done: somebody else wrote one of its keys during each attempt.
 *
 * @since 0.1
 */
public class TransactionConflictException extends OptimisticLockingFailureException {

    private static final long serialVersionUID = 1L;

    public TransactionConflictException(String message) {
        super(message);
    }
}
