package io.redisstate.cache;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

/**
 * One cache's changes within transactions: made after the commit, never after a rollback. Until then the transaction
 * itself neither reads nor fills the keys it has changed.
 */
final class TransactionalChanges {

    /** In the place of a key: all of them. */
    static final String ALL = "";

    private static final boolean TRANSACTIONS_PRESENT = ClassUtils.isPresent(
            "org.springframework.transaction.support.TransactionSynchronizationManager",
            TransactionalChanges.class.getClassLoader());

    /** Transactions under way that have changed something; while there are none, nobody asks for the current one. */
    private final AtomicInteger changing = new AtomicInteger();

    void change(boolean transactional, String key, Runnable change) {
        if (!transactional || !TRANSACTIONS_PRESENT || !isInTransaction()) {
            change.run();
            return;
        }
        touched().add(key);
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                change.run();
            }
        });
    }

    /** Whether a change would have to wait for a commit. */
    boolean isPostponed(boolean transactional) {
        return transactional && TRANSACTIONS_PRESENT && isInTransaction();
    }

    /** Whether the current transaction has changed the key. */
    boolean touches(String key) {
        if (changing.get() == 0 || !isInTransaction()) {
            return false;
        }
        Object bound = TransactionSynchronizationManager.getResource(this);
        return bound instanceof Set<?> touched && (touched.contains(key) || touched.contains(ALL));
    }

    private static boolean isInTransaction() {
        return TransactionSynchronizationManager.isSynchronizationActive()
                && TransactionSynchronizationManager.isActualTransactionActive();
    }

    @SuppressWarnings("unchecked")
    private Set<String> touched() {
        Object bound = TransactionSynchronizationManager.getResource(this);
        if (bound != null) {
            return (Set<String>) bound;
        }
        Set<String> touched = new HashSet<>();
        TransactionSynchronizationManager.bindResource(this, touched);
        TransactionSynchronizationManager.registerSynchronization(new Unbinding());
        changing.incrementAndGet();
        return touched;
    }

    /** A suspended transaction's changes are not those of the one that runs meanwhile. */
    private final class Unbinding implements TransactionSynchronization {

        private Object suspended = Set.of();

        @Override
        public void suspend() {
            suspended = TransactionSynchronizationManager.unbindResource(TransactionalChanges.this);
        }

        @Override
        public void resume() {
            TransactionSynchronizationManager.bindResource(TransactionalChanges.this, suspended);
        }

        @Override
        public void afterCompletion(int status) {
            changing.decrementAndGet();
            TransactionSynchronizationManager.unbindResourceIfPossible(TransactionalChanges.this);
        }
    }
}
