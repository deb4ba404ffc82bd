package io.redisstate.cache;

import java.util.ArrayDeque;
import java.util.Deque;
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
        pending().add(key, change);
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
        return bound instanceof Pending pending && pending.touches(key);
    }

    private static boolean isInTransaction() {
        return TransactionSynchronizationManager.isSynchronizationActive()
                && TransactionSynchronizationManager.isActualTransactionActive();
    }

    private Pending pending() {
        Object bound = TransactionSynchronizationManager.getResource(this);
        if (bound instanceof Pending pending) {
            return pending;
        }
        Pending pending = new Pending();
        TransactionSynchronizationManager.bindResource(this, pending);
        TransactionSynchronizationManager.registerSynchronization(pending);
        changing.incrementAndGet();
        return pending;
    }

    /**
     * The changes of one transaction; a suspended one's are not those of the one that runs meanwhile. A change that fails
     * keeps none of the others from being made, nor does another's failure after the commit, whose exception then is the
     * caller's.
     */
    private final class Pending implements TransactionSynchronization {

        private final Set<String> touched = new HashSet<>();
        private final Deque<Runnable> left = new ArrayDeque<>();

        void add(String key, Runnable change) {
            touched.add(key);
            left.add(change);
        }

        boolean touches(String key) {
            return touched.contains(key) || touched.contains(ALL);
        }

        @Override
        public void suspend() {
            TransactionSynchronizationManager.unbindResource(TransactionalChanges.this);
        }

        @Override
        public void resume() {
            TransactionSynchronizationManager.bindResource(TransactionalChanges.this, this);
        }

        @Override
        public void afterCommit() {
            makeAll();
        }

        @Override
        public void afterCompletion(int status) {
            changing.decrementAndGet();
            TransactionSynchronizationManager.unbindResourceIfPossible(TransactionalChanges.this);
            if (status == STATUS_COMMITTED) {
                // Those made by others after the commit, and all if one of the others failed there before this came.
                makeAll();
            }
        }

        private void makeAll() {
            RuntimeException first = null;
            for (Runnable change = left.poll(); change != null; change = left.poll()) {
                try {
                    change.run();
                } catch (RuntimeException ex) {
                    if (first == null) {
                        first = ex;
                    } else if (first != ex) {
                        first.addSuppressed(ex);
                    }
                }
            }
            if (first != null) {
                throw first;
            }
        }
    }
}
