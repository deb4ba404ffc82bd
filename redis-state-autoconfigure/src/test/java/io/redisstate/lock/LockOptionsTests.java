package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LockOptionsTests {

    private final LockOptions defaults = LockOptions.defaults();

    @Test
    void aBadValueIsReportedWithTheOptionTheValueAndWhatIsAllowed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.withLeaseTime(Duration.ofMillis(49)))
                .withMessage("The lock option leaseTime is PT0.049S; allowed are PT0.05S to PT8760H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.withWaitTime(Duration.ofMillis(-1)))
                .withMessageContaining("waitTime is PT-0.001S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.withReplicas(-1))
                .withMessage("The lock option replicas is -1; allowed are 0 to 100");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.withReplicaTimeout(Duration.ZERO))
                .withMessageContaining("replicaTimeout is PT0S");
    }

    @Test
    void aLockCantStayTakenForLongerThanItsLease() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.withLockAtLeastFor(Duration.ofSeconds(31)))
                .withMessage("The lock option lockAtLeastFor is PT31S; allowed are PT0S to PT30S");
    }

    @Test
    void eachOptionCanBeChangedAlone() {
        Duration second = Duration.ofSeconds(1);

        assertThat(defaults.withWaitTime(second).waitTime()).isEqualTo(second);
        assertThat(defaults.withLeaseTime(second).leaseTime()).isEqualTo(second);
        assertThat(defaults.withRenew(false).renew()).isFalse();
        assertThat(defaults.withFair(true).fair()).isTrue();
        assertThat(defaults.withLockAtLeastFor(second).lockAtLeastFor()).isEqualTo(second);
        assertThat(defaults.withReplicas(2).replicas()).isEqualTo(2);
        assertThat(defaults.withReplicaTimeout(second).replicaTimeout()).isEqualTo(second);
        assertThat(defaults.withInterruptOnLoss(true).interruptOnLoss()).isTrue();
    }
}
