package io.redisstate.autoconfigure.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.observe.PubSubMeters;
import io.redisstate.pubsub.ListenerErrorHandler;
import io.redisstate.pubsub.MessagePublisher;
import io.redisstate.pubsub.Overflow;
import io.redisstate.pubsub.PubSubListener;
import io.redisstate.pubsub.PubSubListeners;
import io.redisstate.pubsub.ReceivedMessage;
import io.redisstate.pubsub.event.Broadcast;
import io.redisstate.pubsub.event.EventBroadcast;
import io.redisstate.pubsub.method.ListenerMethods;
import io.redisstate.pubsub.method.RedisListenerOptions;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.annotation.EnableRedisListeners;
import org.springframework.data.redis.annotation.RedisListener;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.listener.ChannelTopic;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.data.redis.listener.adapter.MessageListenerAdapter;
import org.springframework.messaging.Message;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.Payload;

@RedisTest
class PubSubAutoConfigurationTests {

    private String prefix = "";
    private ApplicationContextRunner runner = new ApplicationContextRunner();

    @BeforeEach
    void redis(RedisServer redis) {
        prefix = redis.uniquePrefix();
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        DataRedisAutoConfiguration.class,
                        RedisStateAutoConfiguration.class,
                        PubSubAutoConfiguration.class))
                .withPropertyValues(
                        "redis-state.key-prefix=" + prefix, "shop=" + prefix, "spring.data.redis.url=" + redis.url());
    }

    record Order(String id, List<Integer> lines) {}

    @Test
    void methodsGetTypedPayloadsChannelsPatternsAndMessages() {
        runner.withBean(Shop.class).run(context -> {
            Shop shop = context.getBean(Shop.class);
            MessagePublisher publisher = context.getBean(MessagePublisher.class);
            Order order = new Order("o1", List.of(1, 2));

            assertThat(publisher.publish(prefix + ":orders", order)).isEqualTo(2);
            publisher.publish(prefix + ":stock:red", List.of(order));
            publisher.publish(prefix + ":stock:blue", List.of());
            publisher.publish(prefix + ":plain", "just text");
            publisher.publish(prefix + ":number", 42);
            assertThat(publisher.publishSharded(prefix + ":sharded", order)).isEqualTo(1);

            await().untilAsserted(() -> assertThat(shop.seen)
                    .contains(
                            "order o1 " + prefix + ":orders",
                            "message o1 " + prefix + ":orders",
                            "stock [Order[id=o1, lines=[1, 2]]] " + prefix + ":stock:red " + prefix + ":stock:*",
                            "stock [] " + prefix + ":stock:blue " + prefix + ":stock:*",
                            "text just text",
                            "number 42",
                            "sharded o1"));
            assertThat(context.getBean(PubSubListeners.class).all())
                    .extracting(PubSubListener::id)
                    .contains("orders", "Shop.message", "Shop.stock", "Shop.text");
        });
    }

    @Test
    void allTopicsOfAMethodShareOneOrderedQueue() {
        runner.withBean(Shop.class).run(context -> {
            PubSubListener several = listener(context.getBean(PubSubListeners.class), "several");
            assertThat(several.topics()).containsExactlyInAnyOrder(prefix + ":s1", prefix + ":s2", prefix + ":s:*");
            MessagePublisher publisher = context.getBean(MessagePublisher.class);
            for (int i = 0; i < 300; i += 3) {
                publisher.publish(prefix + ":s1", i);
                publisher.publish(prefix + ":s2", i + 1);
                publisher.publish(prefix + ":s:x", i + 2);
            }
            Shop shop = context.getBean(Shop.class);
            await().untilAsserted(() -> assertThat(shop.numbers).hasSize(300));
            assertThat(shop.numbers).isSorted();
        });
    }

    @Test
    void optionsComeFromTheAnnotationElseFromProperties() {
        runner.withBean(Shop.class)
                .withPropertyValues(
                        "redis-state.pubsub.queue-capacity=77", "redis-state.pubsub.overflow=drop-newest", "queue=5")
                .run(context -> {
                    PubSubListeners listeners = context.getBean(PubSubListeners.class);
                    PubSubListener plain = listener(listeners, "Shop.text");
                    assertThat(plain.options().queueCapacity()).isEqualTo(77);
                    assertThat(plain.options().overflow()).isEqualTo(Overflow.DROP_NEWEST);
                    PubSubListener several = listener(listeners, "several");
                    assertThat(several.options().queueCapacity()).isEqualTo(5);
                    assertThat(several.options().overflow()).isEqualTo(Overflow.BLOCK);
                });
    }

    @Test
    void aPayloadThatCanNotBeReadGoesToTheErrorHandler() {
        runner.withBean(Shop.class)
                .withBean("failures", Failures.class)
                .withBean("others", Failures.class)
                .withPropertyValues("failing=failures")
                .run(context -> {
                    context.getBean(MessagePublisher.class).publish(prefix + ":fails", "no json");

                    Failures failures = context.getBean("failures", Failures.class);
                    await().untilAsserted(() -> assertThat(failures.seen).hasSize(1));
                    assertThat(failures.seen.get(0))
                            .startsWith("Shop.fails no json ")
                            .contains("Order");
                });
    }

    @Test
    void theApplicationsOwnEnablingAndContainerWorkToo(RedisServer redis) {
        runner.withUserConfiguration(OwnContainer.class).withBean(Shop.class).run(context -> {
            context.getBean(MessagePublisher.class).publish(prefix + ":orders", new Order("o2", List.of()));
            redis.command("PUBLISH", prefix + ":adapter", "by an adapter");

            Shop shop = context.getBean(Shop.class);
            await().untilAsserted(() -> assertThat(shop.seen).contains("order o2 " + prefix + ":orders"));
            List<String> adapted = context.getBean(OwnContainer.class).seen;
            await().untilAsserted(() -> assertThat(adapted).containsExactly("by an adapter"));
        });
    }

    @Test
    void annotatedAndNamedEventsAreBroadcast() {
        ApplicationContextRunner broadcasting = runner.withInitializer(context -> AutoConfigurationPackages.register(
                        (BeanDefinitionRegistry) context.getBeanFactory(),
                        PubSubAutoConfigurationTests.class.getPackageName()))
                .withPropertyValues("redis-state.pubsub.broadcast.types=" + Order.class.getName());
        broadcasting.run(context -> {
            assertThat(context.getBean(EventBroadcast.class).types()).contains(Found.class, Order.class);
            assertThat(listener(context.getBean(PubSubListeners.class), "broadcast")
                            .topics())
                    .containsExactly(prefix + ":pubsub:events");
        });
        broadcasting
                .withPropertyValues("redis-state.pubsub.broadcast.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(EventBroadcast.class));
    }

    @Test
    void nothingIsSentToRedisWithoutAListener() throws Exception {
        try (RedisServer own = RedisServer.start()) {
            assertThat(own.count(() -> runner.withPropertyValues("spring.data.redis.url=" + own.url())
                                    .run(context -> assertThat(context).hasSingleBean(PubSubListeners.class)))
                            .all())
                    .isEmpty();
        }
    }

    @Test
    void isOffIfSwitchedOff() {
        runner.withPropertyValues("redis-state.pubsub.enabled=false").run(context -> assertThat(context)
                .doesNotHaveBean(PubSubListeners.class)
                .doesNotHaveBean(MessagePublisher.class)
                .doesNotHaveBean(ListenerMethods.class));
    }

    @Test
    void listenersDoNotStartByThemselvesIfBootSaysSo() {
        runner.withPropertyValues("spring.data.redis.listener.auto-startup=false")
                .withBean(Shop.class)
                .run(context -> {
                    PubSubListeners listeners = context.getBean(PubSubListeners.class);
                    assertThat(listeners.isRunning()).isFalse();
                    listeners.start();
                    assertThat(listeners.isListening()).isTrue();
                });
    }

    @Test
    void worksWithoutSpringMessagingAndMicrometer() {
        runner.withClassLoader(new FilteredClassLoader(Message.class, MeterRegistry.class))
                .run(context -> assertThat(context)
                        .hasSingleBean(MessagePublisher.class)
                        .doesNotHaveBean(ListenerMethods.class)
                        .doesNotHaveBean(PubSubMeters.class));
        runner.run(context -> assertThat(context).hasSingleBean(PubSubMeters.class));
    }

    @Test
    void badValuesAreNamed() {
        runner.withPropertyValues("redis-state.pubsub.queue-capacity=0").run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOfSatisfying(
                        InvalidConfigurationPropertyValueException.class,
                        failure -> assertThat(failure.getName()).isEqualTo("redis-state.pubsub.queue-capacity")));
        runner.withBean(ShardedPattern.class).run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContaining("sharded")
                .hasMessageContaining("'a*'"));
        runner.withBean(ShardedPattern.class).run(context -> assertThat(context)
                .getFailure()
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .hasStackTraceContaining(InvalidAnnotationException.class.getName())
                .hasStackTraceContaining("ShardedPattern.listen"));
        runner.withBean(UnknownPolicy.class).run(context -> assertThat(context)
                .getFailure()
                .hasStackTraceContaining("UnknownPolicy.listen")
                .hasStackTraceContaining("\"sometimes\""));
    }

    private static PubSubListener listener(PubSubListeners listeners, String id) {
        return listeners.find(id).orElseThrow();
    }

    @Retention(RetentionPolicy.RUNTIME)
    @RedisListener("${shop}:sharded")
    @RedisListenerOptions(sharded = true)
    @interface ShardedOrders {}

    static class Shop {

        final List<String> seen = new CopyOnWriteArrayList<>();
        final List<Integer> numbers = new CopyOnWriteArrayList<>();

        @RedisListener(id = "orders", topic = "${shop}:orders")
        void order(@Payload Order order, @Header("channel") String channel) {
            seen.add("order " + order.id() + " " + channel);
        }

        @RedisListener("#{'${shop}' + ':orders'}")
        @RedisListenerOptions(overflow = "block")
        void message(Message<Order> message, @Header("channel") ChannelTopic channel) {
            seen.add("message " + message.getPayload().id() + " " + channel.getTopic());
        }

        @RedisListener("${shop}:stock:*")
        void stock(
                @Payload List<Order> orders,
                @Header("channel") String channel,
                @Header("pattern") Optional<String> pattern) {
            seen.add("stock " + orders + " " + channel + " " + pattern.orElse("none"));
        }

        @RedisListener("${shop}:plain")
        void text(String text) {
            seen.add("text " + text);
        }

        @RedisListener("${shop}:number")
        void number(int number) {
            seen.add("number " + number);
        }

        @RedisListener("${shop}:fails")
        @RedisListenerOptions(errorHandler = "${failing:}")
        void fails(Order order) {
            seen.add("unread " + order);
        }

        @RedisListener(id = "several", topic = "${shop}:s1")
        @RedisListener("${shop}:s2")
        @RedisListener("${shop}:s:*")
        @RedisListenerOptions(queueCapacity = "${queue:1000}", overflow = "block")
        void several(Integer number) {
            numbers.add(number);
        }

        @ShardedOrders
        void sharded(Order order) {
            seen.add("sharded " + order.id());
        }
    }

    static class Failures implements ListenerErrorHandler {

        final List<String> seen = new CopyOnWriteArrayList<>();

        @Override
        public void handleError(PubSubListener listener, ReceivedMessage message, Throwable failure) {
            seen.add(listener.id() + " " + new String(message.body(), StandardCharsets.UTF_8) + " "
                    + failure.getMessage());
        }
    }

    static class ShardedPattern {

        @RedisListener("a*")
        @RedisListenerOptions(sharded = true)
        void listen(String text) {}
    }

    static class UnknownPolicy {

        @RedisListener("a")
        @RedisListenerOptions(overflow = "sometimes")
        void listen(String text) {}
    }

    @Broadcast
    record Found(String text) {}

    @Configuration(proxyBeanMethods = false)
    @EnableRedisListeners
    static class OwnContainer {

        final List<String> seen = new CopyOnWriteArrayList<>();

        @Bean
        RedisMessageListenerContainer redisMessageListenerContainer(
                RedisConnectionFactory connections, Environment environment) {
            RedisMessageListenerContainer container = new RedisMessageListenerContainer();
            container.setConnectionFactory(connections);
            MessageListenerAdapter adapter = new MessageListenerAdapter(new Object() {
                @SuppressWarnings("unused")
                public void handleMessage(String text) {
                    seen.add(text);
                }
            });
            adapter.afterPropertiesSet();
            container.addMessageListener(
                    adapter, ChannelTopic.of(environment.getRequiredProperty("shop") + ":adapter"));
            return container;
        }
    }
}
