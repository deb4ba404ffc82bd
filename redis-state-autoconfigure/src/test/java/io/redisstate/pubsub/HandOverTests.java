package io.redisstate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class HandOverTests {

    private final LongAdder received = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    @Test
    void theOldestIsDroppedWhenFull() throws Exception {
        HandOver queue = opened(2, Overflow.DROP_OLDEST);

        assertThat(queue.add(message("1"))).isTrue();
        assertThat(queue.add(message("2"))).isTrue();
        assertThat(queue.add(message("3"))).isFalse();

        assertThat(taken(queue)).containsExactly("2", "3");
        assertThat(received.sum()).isEqualTo(3);
        assertThat(dropped.sum()).isEqualTo(1);
    }

    @Test
    void theNewestIsDroppedWhenFull() throws Exception {
        HandOver queue = opened(2, Overflow.DROP_NEWEST);

        queue.add(message("1"));
        queue.add(message("2"));
        assertThat(queue.add(message("3"))).isFalse();

        assertThat(taken(queue)).containsExactly("1", "2");
        assertThat(dropped.sum()).isEqualTo(1);
    }

    @Test
    void theOneWhoAddsWaitsForRoom() throws Exception {
        HandOver queue = opened(1, Overflow.BLOCK);
        queue.add(message("1"));
        CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(() -> queue.add(message("2")));
        await().until(() -> received.sum() == 2);
        assertThat(second).isNotDone();

        assertThat(taken(queue)).containsExactly("1");
        assertThat(second.get()).isTrue();
        assertThat(taken(queue)).containsExactly("2");
        assertThat(dropped.sum()).isZero();
    }

    @Test
    void closingFreesWhoWaitsAndLeavesWhatIsThere() throws Exception {
        HandOver queue = opened(1, Overflow.BLOCK);
        queue.add(message("1"));
        CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(() -> queue.add(message("2")));
        await().until(() -> received.sum() == 2);

        queue.close();

        assertThat(second.get()).isFalse();
        assertThat(taken(queue)).containsExactly("1");
        assertThat(queue.take(new ArrayList<>())).isFalse();
        assertThat(dropped.sum()).isEqualTo(1);
    }

    private HandOver opened(int capacity, Overflow overflow) {
        return new HandOver(capacity, overflow, received, dropped);
    }

    private static List<String> taken(HandOver queue) throws InterruptedException {
        List<ReceivedMessage> into = new ArrayList<>();
        assertThat(queue.take(into)).isTrue();
        return into.stream().map(ReceivedMessage::channel).toList();
    }

    private static ReceivedMessage message(String channel) {
        return new ReceivedMessage(channel, null, new byte[0]);
    }
}
