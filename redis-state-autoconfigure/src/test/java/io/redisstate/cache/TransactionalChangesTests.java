package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

class TransactionalChangesTests {

    private final TransactionTemplate transaction = new TransactionTemplate(new Transactions());
    private final TransactionalChanges changes = new TransactionalChanges();
    private final TransactionalChanges others = new TransactionalChanges();
    private final List<String> made = new ArrayList<>();

    private void change(TransactionalChanges in, String key) {
        in.change(true, key, () -> made.add(key));
    }

    private static void fail() {
        throw new IllegalStateException("not queued");
    }

    @Test
    void aChangeThatFailsKeepsNoOtherFromBeingMade() {
        assertThatIllegalStateException()
                .isThrownBy(() -> transaction.executeWithoutResult(status -> {
                    change(changes, "first");
                    changes.change(true, "failing", TransactionalChangesTests::fail);
                    change(changes, "last");
                    change(others, "of another cache");
                }))
                .withMessage("not queued");
        assertThat(made).containsExactly("first", "last", "of another cache");
        assertThat(changes.touches("first")).isFalse();
    }

    @Test
    void aChangeMadeAfterTheCommitIsNotLost() {
        transaction.executeWithoutResult(status -> {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    change(changes, "early");
                }
            });
            change(others, "usual");
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    change(others, "late");
                }
            });
        });
        assertThat(made).containsExactlyInAnyOrder("early", "usual", "late");
    }

    @Test
    void afterARollbackNothingIsMade() {
        transaction.executeWithoutResult(status -> {
            change(changes, "key");
            assertThat(changes.touches("key")).isTrue();
            status.setRollbackOnly();
        });
        assertThat(made).isEmpty();
        assertThat(changes.touches("key")).isFalse();
    }

    /** Transactions of nothing. */
    private static final class Transactions extends AbstractPlatformTransactionManager {

        private static final long serialVersionUID = 1L;

        @Override
        protected Object doGetTransaction() {
            return new Object();
        }

        @Override
        protected void doBegin(Object begun, TransactionDefinition definition) {
            logger.trace("begin");
        }

        @Override
        protected void doCommit(DefaultTransactionStatus status) {
            logger.trace("commit");
        }

        @Override
        protected void doRollback(DefaultTransactionStatus status) {
            logger.trace("rollback");
        }
    }
}
