package io.redisstate.structure.document;

import org.springframework.dao.OptimisticLockingFailureException;

/**
 * A document has another version than the writer expected: somebody else has written it since it was read.
 *
 * @since 0.1
 */
public class DocumentConflictException extends OptimisticLockingFailureException {

    private static final long serialVersionUID = 1L;

    public DocumentConflictException(String message) {
        super(message);
    }
}
