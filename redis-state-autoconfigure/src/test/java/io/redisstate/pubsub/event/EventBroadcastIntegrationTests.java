package io.redisstate.pubsub.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.JsonCodec;
import io.redisstate.pubsub.ListenerOptions;
import io.redisstate.pubsub.MessagePublisher;
import io.redisstate.pubsub.PubSubListener;
import io.redisstate.pubsub.PubSubListeners;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

@RedisTest
class EventBroadcastIntegrationTests {

    @Broadcast("price-changed")
    record PriceChanged(String article, int cents) {}

    record Other(String text) {}

    private String prefix = "";
    private Instance first = new Instance(List.of());
    private Instance second = new Instance(List.of());

    @BeforeEach
    void twoInstances(RedisServer redis) {
        prefix = redis.uniquePrefix();
        first = new Instance(List.of(PriceChanged.class)).start(prefix);
        second = new Instance(List.of(PriceChanged.class)).start(prefix);
    }

    @AfterEach
    void end() {
        first.close();
        second.close();
    }

    @Test
    void anEventReachesEveryInstanceOnceAndInOrder() {
        for (int i = 0; i < 200; i++) {
            first.context.publishEvent(new PriceChanged("a", i));
        }
        second.context.publishEvent(new PriceChanged("b", 1));
        first.context.publishEvent(new Other("stays here"));

        await().untilAsserted(() -> assertThat(second.seen).hasSize(201));
        await().untilAsserted(() -> assertThat(first.seen).hasSize(202));
        assertThat(second.seen)
                .filteredOn(event -> event instanceof PriceChanged changed && changed.article.equals("a"))
                .containsExactlyElementsOf(IntStream.range(0, 200)
                        .mapToObj(i -> (Object) new PriceChanged("a", i))
                        .toList());
        assertThat(first.seen).contains(new PriceChanged("b", 1), new Other("stays here"));
        assertThat(second.seen).doesNotContain(new Other("stays here"));
    }

    @Test
    void nothingGoesRoundInCirclesWithAnAsynchronousMulticaster() {
        first.context.publishEvent(new PriceChanged("a", 1));
        second.context.publishEvent(new PriceChanged("b", 2));

        await().untilAsserted(() ->
                assertThat(first.seen).containsExactlyInAnyOrder(new PriceChanged("a", 1), new PriceChanged("b", 2)));
        await().untilAsserted(() ->
                assertThat(second.seen).containsExactlyInAnyOrder(new PriceChanged("a", 1), new PriceChanged("b", 2)));
        assertThat(first.listener().received()).isEqualTo(2);
        assertThat(second.listener().received()).isEqualTo(2);
    }

    @Test
    void anEventOfATransactionIsSentAfterItsCommitOnly() {
        DataSource database = new DriverManagerDataSource("jdbc:h2:mem:broadcast");
        TransactionTemplate transactions = new TransactionTemplate(new DataSourceTransactionManager(database));
        transactions.executeWithoutResult(status -> {
            first.context.publishEvent(new PriceChanged("rolled back", 1));
            status.setRollbackOnly();
        });
        transactions.executeWithoutResult(status -> {
            first.context.publishEvent(new PriceChanged("committed", 1));
            assertThat(second.listener().received()).isZero();
        });

        await().untilAsserted(() -> assertThat(second.seen).containsExactly(new PriceChanged("committed", 1)));
    }

    @Test
    void whatIsUnknownOrBrokenIsIgnored(RedisServer redis) {
        redis.command("PUBLISH", first.broadcast().channel(), "x\nsome-new-event\n{}");
        redis.command("PUBLISH", first.broadcast().channel(), "x\njava.lang.String\n\"no class by its name\"");
        redis.command("PUBLISH", first.broadcast().channel(), "broken");
        redis.command("PUBLISH", first.broadcast().channel(), "x\nprice-changed\n{\"article\":\"c\",\"cents\":3}");

        await().untilAsserted(() -> assertThat(first.seen).containsExactly(new PriceChanged("c", 3)));
        assertThat(first.listener().failed()).isEqualTo(1);
    }

    @Test
    void eventsThatCanNotBeBroadcastAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Instance(List.of(ApplicationEvent.class)).start("refused"))
                .withMessageContaining("ApplicationEvent");
    }

    /** What one process of the application would have, its listeners called on other threads. */
    private static final class Instance {

        private final GenericApplicationContext context = new GenericApplicationContext();
        private final List<Object> seen = new CopyOnWriteArrayList<>();
        private final List<Class<?>> types;
        private final PubSubListeners listeners =
                PubSubListeners.builder(RedisServer.shared().jedis()).build();
        private final List<EventBroadcast> made = new CopyOnWriteArrayList<>();

        Instance(List<Class<?>> types) {
            this.types = types;
        }

        Instance start(String prefix) {
            JsonCodec codec = new JsonCodec(new JsonMapper());
            EventBroadcast broadcast = new EventBroadcast(
                    listeners,
                    ListenerOptions.DEFAULT,
                    new MessagePublisher(ConnectionGuard.of(RedisServer.shared().jedis()), codec),
                    codec,
                    context,
                    prefix,
                    types);
            made.add(broadcast);
            var multicaster = new SimpleApplicationEventMulticaster();
            multicaster.setTaskExecutor(new SimpleAsyncTaskExecutor("multicaster-"));
            context.registerBean(
                    AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME,
                    SimpleApplicationEventMulticaster.class,
                    () -> multicaster);
            context.addApplicationListener(broadcast);
            context.addApplicationListener(new Seen(seen));
            context.refresh();
            listeners.start();
            return this;
        }

        EventBroadcast broadcast() {
            return made.get(0);
        }

        PubSubListener listener() {
            return listeners.find("broadcast").orElseThrow();
        }

        void close() {
            listeners.stop();
            context.close();
        }
    }

    /** In the order of publication, so on the publishing thread. */
    private record Seen(List<Object> events) implements ApplicationListener<PayloadApplicationEvent<?>> {

        @Override
        public void onApplicationEvent(PayloadApplicationEvent<?> event) {
            events.add(event.getPayload());
        }

        @Override
        public boolean supportsAsyncExecution() {
            return false;
        }
    }
}
