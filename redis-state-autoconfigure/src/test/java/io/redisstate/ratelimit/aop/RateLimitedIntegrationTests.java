package io.redisstate.ratelimit.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.redisstate.autoconfigure.RateLimitAutoConfiguration;
import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.ratelimit.OnLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import io.redisstate.ratelimit.RateLimitExceededException;
import io.redisstate.ratelimit.RateLimited;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@RedisTest
class RateLimitedIntegrationTests {

    private RedisServer redis;
    private ApplicationContextRunner application;

    @BeforeEach
    void build(RedisServer redis) {
        this.redis = redis;
        application = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        AopAutoConfiguration.class,
                        PropertyPlaceholderAutoConfiguration.class,
                        RedisStateAutoConfiguration.class,
                        RateLimitAutoConfiguration.class))
                .withBean(RedisConnectionFactory.class, redis::newJedis)
                .withPropertyValues(
                        "redis-state.key-prefix=t-" + UUID.randomUUID(),
                        "redis-state.rate-limit.limits.named.limit=2",
                        "redis-state.rate-limit.limits.named.per=1h",
                        "redis-state.rate-limit.limits.daily.limit=3",
                        "redis-state.rate-limit.limits.daily.per=1d",
                        "shop.period=1h");
    }

    @Test
    void callsOverTheLimitThrowForTheirKeyOnly() {
        run(shop -> {
            shop.named(new User("a"));
            shop.named(new User("a"));
            assertThatExceptionOfType(RateLimitExceededException.class)
                    .isThrownBy(() -> shop.named(new User("a")))
                    .satisfies(exceeded ->
                            assertThat(exceeded.result().rule().name()).isEqualTo("named"));
            shop.named(new User("b"));
            assertThat(shop.calls()).isEqualTo(3);
        });
    }

    @Test
    void severalLimitsOfOneKeyAreOneCallAllOrNone() {
        run(shop -> {
            assertThat(redis.count(() -> shop.several("a")).of("evalsha")).isEqualTo(1);
            shop.several("a");
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(() -> shop.several("a"));
            shop.daily("a");
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(() -> shop.daily("a"));
        });
    }

    @Test
    void costIsAnExpression() {
        run(shop -> {
            shop.bulk(List.of("a", "b", "c"));
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(() -> shop.bulk(List.of("d", "e")));
            shop.bulk(List.of("d"));
        });
    }

    @Test
    void annotationOnAnAnnotationCounts() {
        run(shop -> {
            shop.meta();
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(shop::meta);
        });
    }

    @Test
    void deniedCallMayWaitAsLongAsItIsToldTo() {
        run(shop -> {
            long start = System.nanoTime();
            shop.patient();
            shop.patient();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(200));
            shop.hasty();
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(shop::hasty);
        });
    }

    @Test
    void anInterruptEndsTheWaitAndStaysPending() {
        run(shop -> {
            shop.patient();
            Thread.currentThread().interrupt();
            try {
                assertThatExceptionOfType(IllegalStateException.class)
                        .isThrownBy(shop::patient)
                        .withMessageContaining("Shop.patient: interrupted");
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
        });
    }

    @Test
    void fallbackIsCalledWithTheSameArguments() {
        run(shop -> {
            assertThat(shop.withFallback("a")).isEqualTo("real a");
            assertThat(shop.withFallback("b")).isEqualTo("instead b");
        });
    }

    @Test
    void futureFailsInsteadOfTheCall() {
        run(shop -> {
            assertThat(shop.future().get()).isEqualTo("done");
            CompletableFuture<String> denied = shop.future();
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(denied::get)
                    .withCauseInstanceOf(RateLimitExceededException.class);
        });
    }

    @Test
    void publisherIsCheckedAtEachSubscription() {
        run(shop -> {
            Mono<String> mono = shop.mono();
            Flux<String> flux = shop.flux();
            assertThat(shop.calls()).isZero();
            assertThat(mono.block()).isEqualTo("one");
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(mono::block);
            assertThat(flux.collectList().block()).containsExactly("one", "two");
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(flux::blockLast);
            assertThat(shop.calls()).isEqualTo(2);
        });
    }

    @Test
    void keyThatGivesNullNamesMethodAndExpression() {
        run(shop -> assertThatExceptionOfType(InvalidAnnotationException.class)
                .isThrownBy(() -> shop.named(new User(null)))
                .withMessageContaining("Shop.named")
                .withMessageContaining("#user.id")
                .withMessageContaining("null"));
    }

    @Test
    void orderIsOutsideOthersAndConfigurable() {
        run(shop -> assertThat(order(shop)).isEqualTo(RateLimitAdvisor.DEFAULT_ORDER));
        application = application.withPropertyValues("redis-state.rate-limit.order=42");
        run(shop -> assertThat(order(shop)).isEqualTo(42));
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(new Neither(), List.of("neither a name nor")),
                Arguments.of(new Both(), List.of("both a name and")),
                Arguments.of(new Unknown(), List.of("name", "'nobody'", "daily")),
                Arguments.of(new Zero(), List.of("limit", "'0'", "from 1")),
                Arguments.of(new Negative(), List.of("limit", "'-1'", "from 1")),
                Arguments.of(new TooMany(), List.of("limit", "100001 with SLIDING_LOG", "1 to 100000")),
                Arguments.of(new NoTime(), List.of("per", "'0s'", "1 ms")),
                Arguments.of(new NoDuration(), List.of("per", "'soon'", "duration")),
                Arguments.of(new BadKey(), List.of("key = \"#a.(\" is not a valid expression")),
                Arguments.of(
                        new NoArgument(), List.of("key = \"#user + #a1", "#user, which is no argument", "#id, #a0")),
                Arguments.of(new NoPlaceholder(), List.of("name", "'${shop.nobody}'", "placeholders")),
                Arguments.of(new NoCost(), List.of("cost", "'0'", "1 to 2")),
                Arguments.of(new TooDear(), List.of("cost", "'4'", "1 to 3")),
                Arguments.of(new NoFallback(), List.of("fallback", "'missing'", "same parameters")),
                Arguments.of(new WrongFallback(), List.of("fallback", "'other'", "same parameters")),
                Arguments.of(new Hidden(), List.of("@RateLimited has no effect on a private method")),
                Arguments.of(new Final(), List.of("@RateLimited has no effect on a final method")));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    @SuppressWarnings("unchecked")
    void mistakeFailsTheStartNamingMethodAndAttribute(Object bean, List<String> words) {
        application.withBean((Class<Object>) bean.getClass(), () -> bean).run(context -> assertThat(context)
                .hasFailed()
                .getFailure()
                .isInstanceOf(InvalidAnnotationException.class)
                .hasMessageContaining(bean.getClass().getSimpleName() + ".call")
                .hasMessageContainingAll(words.toArray(String[]::new)));
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void callOfTheOwnClassIsReported(CapturedOutput output) {
        application.withBean(SelfCalling.class).run(context -> assertThat(output)
                .contains("SelfCalling.outer calls SelfCalling.inner of its own class, which passes the proxy by"));
    }

    private interface Use {
        void of(Shop shop) throws Exception;
    }

    private void run(Use use) {
        application.withUserConfiguration(Shops.class).run(context -> {
            assertThat(context).hasNotFailed();
            use.of(context.getBean(Shop.class));
        });
    }

    private static int order(Shop shop) {
        for (Advisor advisor : ((Advised) shop).getAdvisors()) {
            if (advisor instanceof RateLimitAdvisor ours) {
                return ours.getOrder();
            }
        }
        throw new AssertionError("Not advised");
    }

    @Configuration(proxyBeanMethods = false)
    static class Shops {

        @Bean
        Shop shop() {
            return new Shop();
        }
    }

    record User(@Nullable String id) {}

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @RateLimited(limit = 1, per = "${shop.period}")
    @interface OncePerPeriod {}

    static class Shop {

        private final AtomicInteger calls = new AtomicInteger();

        int calls() {
            return calls.get();
        }

        @RateLimited(name = "named", key = "#user.id")
        public void named(User user) {
            calls.incrementAndGet();
        }

        @RateLimited(name = "named", key = "#id")
        @RateLimited(name = "daily", key = "#id")
        public void several(String id) {
            Objects.requireNonNull(id);
        }

        @RateLimited(name = "daily", key = "#id")
        public void daily(String id) {
            Objects.requireNonNull(id);
        }

        @RateLimited(limit = 4, per = "1h", cost = "#items.size()")
        public void bulk(List<String> items) {
            Objects.requireNonNull(items);
        }

        /** More than a token bucket could count exactly. */
        @RateLimited(limit = 1_000_000_007, per = "1h", algorithm = RateLimitAlgorithm.FIXED_WINDOW)
        public void very() {
            calls.incrementAndGet();
        }

        @OncePerPeriod
        public void meta() {
            calls.incrementAndGet();
        }

        @RateLimited(limit = 1, per = "300ms", onLimit = OnLimit.WAIT, maxWait = "5s")
        public void patient() {
            calls.incrementAndGet();
        }

        @RateLimited(limit = 1, per = "1h", onLimit = OnLimit.WAIT, maxWait = "100ms")
        public void hasty() {
            calls.incrementAndGet();
        }

        @RateLimited(limit = 1, per = "1h", onLimit = OnLimit.FALLBACK, fallback = "instead")
        public String withFallback(String what) {
            return "real " + what;
        }

        @SuppressWarnings("unused")
        private String instead(String what) {
            return "instead " + what;
        }

        @RateLimited(limit = 1, per = "1h", algorithm = RateLimitAlgorithm.FIXED_WINDOW)
        public CompletableFuture<String> future() {
            return CompletableFuture.completedFuture("done");
        }

        @RateLimited(limit = 1, per = "1h")
        public Mono<String> mono() {
            calls.incrementAndGet();
            return Mono.just("one");
        }

        @RateLimited(limit = 1, per = "1h")
        public Flux<String> flux() {
            calls.incrementAndGet();
            return Flux.just("one", "two");
        }
    }

    static class Neither {
        @RateLimited
        public void call() {}
    }

    static class Both {
        @RateLimited(name = "named", limit = 1, per = "1s")
        public void call() {}
    }

    static class Unknown {
        @RateLimited(name = "nobody")
        public void call() {}
    }

    static class Zero {
        @RateLimited(per = "1s")
        public void call() {}
    }

    static class TooMany {
        @RateLimited(limit = 100_001, per = "1s", algorithm = RateLimitAlgorithm.SLIDING_LOG)
        public void call() {}
    }

    static class Negative {
        @RateLimited(limit = -1, per = "1s")
        public void call() {}
    }

    static class NoTime {
        @RateLimited(limit = 1, per = "0s")
        public void call() {}
    }

    static class NoDuration {
        @RateLimited(limit = 1, per = "soon")
        public void call() {}
    }

    static class NoCost {
        @RateLimited(name = "named", cost = "0")
        public void call() {}
    }

    static class TooDear {
        @RateLimited(limit = 3, per = "1s", cost = "4")
        public void call() {}
    }

    static class NoArgument {
        @RateLimited(name = "named", key = "#user + #a1 + {#id}.![#this]")
        public void call(String id, String other) {}
    }

    static class NoPlaceholder {
        @RateLimited(name = "${shop.nobody}")
        public void call() {}
    }

    static class BadKey {
        @RateLimited(name = "named", key = "#a.(")
        public void call() {}
    }

    static class NoFallback {
        @RateLimited(name = "named", onLimit = OnLimit.FALLBACK, fallback = "missing")
        public void call() {}
    }

    static class WrongFallback {
        @RateLimited(name = "named", onLimit = OnLimit.FALLBACK, fallback = "other")
        public String call() {
            return "";
        }

        public Integer other() {
            return 1;
        }
    }

    static class Hidden {
        @RateLimited(name = "named")
        @SuppressWarnings("unused")
        private void call() {}
    }

    static class SelfCalling {
        public void outer() {
            inner();
        }

        @RateLimited(name = "named")
        @RateLimited(name = "daily")
        public void inner() {}
    }

    static class Final {
        @RateLimited(name = "named")
        public final void call() {}
    }
}
