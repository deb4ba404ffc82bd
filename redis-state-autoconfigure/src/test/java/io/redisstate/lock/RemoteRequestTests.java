package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RemoteRequestTests {

    private static final long SAFETY_POLL = Duration.ofSeconds(10).toNanos();

    private final RemoteRequest request = new RemoteRequest("s.1", "a", mock(Line.class), 30_000, 5_000);

    @Test
    void aMessageThatOvertakesTheReplyIsNotForgotten() {
        long sent = System.nanoTime();
        request.lookAt(1_000_000, 1_001);

        request.queued(sent, 999_000, 31_000, SAFETY_POLL);

        assertThat(request.untilLook()).isLessThan(Duration.ofMillis(100).toNanos());
    }

    @Test
    void aSubscriptionRenewedWhileTheRequestIsSentMakesItLookAgain() {
        long sent = System.nanoTime();
        request.lookNow();

        request.queued(sent, 999_000, 31_000, SAFETY_POLL);

        assertThat(request.untilLook()).isNotPositive();
    }

    @Test
    void whatAReplySaysCountsMoreThanAnEarlierMessage() {
        request.lookAt(1_000_000, 1_001);

        request.queued(System.nanoTime(), 1_002_000, 6_002, SAFETY_POLL);

        assertThat(request.untilLook()).isGreaterThan(Duration.ofSeconds(4).toNanos());
    }

    @Test
    void aGrantEndsNoLaterThanInRedisWhateverTheMessageWasHeldUp() {
        long sent = System.nanoTime();
        request.queued(sent, 1_000_000, 31_000, SAFETY_POLL);

        // Handed over one second after the request was answered, for five seconds.
        Grant grant = request.handedOver(7, 2_000_000, 7_000);

        assertThat(grant.token()).isEqualTo(7);
        assertThat(grant.deadline() - sent)
                .isLessThanOrEqualTo(Duration.ofSeconds(6).toNanos());
    }
}
