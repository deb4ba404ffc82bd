package io.redisstate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HandOverTests {

    @Test
    void theOldestIsDroppedWhenFull() throws Exception {
        HandOver queue = opened(2, Overflow.DROP_OLDEST);

        assertThat(queue.add(message("1"))).isTrue();
        assertThat(queue.add(message("2"))).isTrue();
        assertThat(queue.add(message("3"))).isFalse();

        assertThat(taken(queue)).containsExactly("2", "3");
        assertThat(queue.received()).isEqualTo(3);
        assertThat(queue.dropped()).isEqualTo(1);
    }

    @Test
    void theNewestIsDroppedWhenFull() throws Exception {
        HandOver queue = opened(2, Overflow.DROP_NEWEST);

        queue.add(message("1"));
        queue.add(message("2"));
        assertThat(queue.add(message("3"))).isFalse();

        assertThat(taken(queue)).containsExactly("1", "2");
        assertThat(queue.dropped()).isEqualTo(1);
    }

    @Test
    void theOneWhoAddsWaitsForRoom() throws Exception {
        HandOver queue = opened(1, Overflow.BLOCK);
        queue.add(message("1"));
        CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(() -> queue.add(message("2")));
        await().until(() -> queue.received() == 2);
        assertThat(second).isNotDone();

        assertThat(taken(queue)).containsExactly("1");
        assertThat(second.get()).isTrue();
        assertThat(taken(queue)).containsExactly("2");
        assertThat(queue.dropped()).isZero();
    }

    @Test
    void closingFreesWhoWaitsAndLeavesWhatIsThere() throws Exception {
        HandOver queue = opened(1, Overflow.BLOCK);
        queue.add(message("1"));
        CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(() -> queue.add(message("2")));
        await().until(() -> queue.received() == 2);

        queue.close();

        assertThat(second.get()).isFalse();
        assertThat(taken(queue)).containsExactly("1");
        assertThat(queue.take(new ArrayList<>())).isFalse();
        assertThat(queue.dropped()).isEqualTo(1);
    }

    private static HandOver opened(int capacity, Overflow overflow) {
        HandOver queue = new HandOver(capacity, overflow);
        queue.open();
        return queue;
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
