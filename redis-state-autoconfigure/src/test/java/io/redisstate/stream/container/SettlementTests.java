package io.redisstate.stream.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.stream.StreamEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SettlementTests {

    private static final ContainerOptions OPTIONS =
            ContainerOptions.builder("s", "g").build();

    private final Counters counters = new Counters();
    private final Settlement settlement = new Silent(counters);

    @Test
    void whatCantBeToldHoldsUpNothingElse() {
        List<String> told = new ArrayList<>();
        AtomicInteger once = new AtomicInteger();
        AtomicInteger tries = new AtomicInteger();
        boolean hopeless = settlement.tell(() -> {
            tries.incrementAndGet();
            throw new LinkageError("never");
        });
        boolean later = settlement.tell(() -> {
            if (once.getAndIncrement() == 0) {
                throw new IllegalStateException("not yet");
            }
            told.add("later");
        });
        assertThat(hopeless || later).isFalse();

        settlement.tellUntold();
        settlement.tellUntold();

        assertThat(told).containsExactly("later");
        assertThat(tries).hasValue(3);
    }

    @Test
    void whatRedisKnowsIsNotWorkedOn() {
        Batch batch = new Batch(new Membership("c", "p.", 1), 2);
        Delivery first = delivery("1-1", batch, false);
        Delivery second = delivery("1-2", batch, true);
        settlement.opened(batch);
        assertThat(settlement.working()).containsExactly("1-1", "1-2");
        assertThat(settlement.mayTakeSuspect(List.of())).isFalse();
        assertThat(settlement.mayTakeSuspect(List.of(first))).isFalse();
        assertThat(settlement.mayTakeSuspect(List.of(first, second))).isTrue();

        settlement.settled(List.of(second));

        assertThat(settlement.working()).containsExactly("1-1");
        assertThat(settlement.mayTakeSuspect(List.of())).isTrue();
        assertThat(settlement.open()).containsExactly(batch);
        settlement.settled(List.of(first));
        assertThat(settlement.open()).isEmpty();
    }

    @Test
    void whatAHandlerOfAnEarlierStartSettlesIsNotCounted() {
        Batch batch = new Batch(new Membership("c", "p.", 1), 1);
        Delivery abandoned = delivery("1-1", batch, false);
        settlement.opened(batch);
        assertThat(counters.inFlight).hasValue(1);
        counters.inFlight = new AtomicInteger();

        settlement.settled(List.of(abandoned));

        assertThat(counters.inFlight).hasValue(0);
    }

    @Test
    void nothingIsBegunWhileOthersMayHaveIt() {
        LaneWork work = new LaneWork();
        boolean[] ours = {true};
        work.leasedBy(member -> ours[0]);
        Batch batch = new Batch(new Membership("c", "p.", 1), 3);
        for (int i = 1; i <= 3; i++) {
            batch.add(new Delivery(new StreamEntry("1-" + i, List.of()), 1, batch, "lane", false));
        }
        work.add(batch);
        Delivery begun = batch.deliveries().get(0);
        assertThat(work.poll()).containsExactly(begun);
        List<Delivery> held = work.ended(begun, false);
        assertThat(held).isEmpty();

        ours[0] = false;
        assertThat(work.poll()).isNull();
        assertThat(work.mayBegin(batch.deliveries().get(1))).isFalse();
        ours[0] = true;
        assertThat(work.poll()).containsExactly(batch.deliveries().get(1));
        assertThat(work.drain()).containsExactly(batch.deliveries().get(2));
    }

    @Test
    void aPauseLastsHoweverOftenTheThreadIsWoken() {
        Outages outages = new Outages(OPTIONS, counters);
        boolean gone = outages.begin(Outages.Path.CALLING, new IllegalStateException("no"));
        assertThat(gone).isFalse();
        long begun = System.nanoTime();
        outages.pause(() -> {
            java.util.concurrent.locks.LockSupport.unpark(Thread.currentThread());
            return true;
        });
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(40));
        outages.pause(() -> false);
    }

    private static Delivery delivery(String id, Batch batch, boolean suspect) {
        Delivery delivery = new Delivery(new StreamEntry(id, List.of()), 1, batch, "", suspect);
        batch.add(delivery);
        return delivery;
    }

    private static final class Silent extends Settlement {

        Silent(Counters counters) {
            super(OPTIONS, counters);
        }

        @Override
        void done(Delivery delivery) {}

        @Override
        void retry(Delivery delivery, Duration delay) {}

        @Override
        void drop(Delivery delivery) {}

        @Override
        void dropGiven(Delivery delivery) {}

        @Override
        boolean moveToDeadLetters(Delivery delivery, List<byte[]> fields) {
            return true;
        }

        @Override
        void buried(Delivery delivery) {}

        @Override
        void suspectEnded() {}

        @Override
        void roomMade() {}
    }
}
