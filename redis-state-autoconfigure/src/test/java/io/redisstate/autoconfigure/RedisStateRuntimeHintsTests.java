package io.redisstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.core.method.MethodExpressions;
import io.redisstate.lock.leader.OnLeader;
import io.redisstate.ratelimit.OnLimit;
import io.redisstate.ratelimit.RateLimited;
import java.lang.reflect.Method;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.annotation.ReflectiveRuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.cache.interceptor.SimpleKey;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.util.ReflectionUtils;

class RedisStateRuntimeHintsTests {

    @Test
    void allScriptsAndTheExpressionRootAreKept() throws Exception {
        RuntimeHints hints = new RuntimeHints();
        SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories")
                .load(RuntimeHintsRegistrar.class)
                .stream()
                .filter(RedisStateRuntimeHints.class::isInstance)
                .forEach(registrar -> registrar.registerHints(hints, getClass().getClassLoader()));
        Resource[] scripts =
                new PathMatchingResourcePatternResolver().getResources("classpath*:io/redisstate/**/*.lua");

        assertThat(scripts).isNotEmpty();
        for (Resource script : scripts) {
            String url = script.getURL().toString();
            assertThat(RuntimeHintsPredicates.resource().forResource(url.substring(url.lastIndexOf("io/redisstate/"))))
                    .as(url)
                    .accepts(hints);
        }
        assertThat(RuntimeHintsPredicates.reflection().onType(MethodExpressions.Root.class))
                .accepts(hints);
        assertThat(RuntimeHintsPredicates.reflection()
                        .onFieldAccess(Objects.requireNonNull(ReflectionUtils.findField(SimpleKey.class, "params"))))
                .accepts(hints);
    }

    @Test
    void methodsThatLeadershipCallsAreKept() {
        RuntimeHints hints = new RuntimeHints();

        new ReflectiveRuntimeHintsRegistrar().registerRuntimeHints(hints, Leading.class);

        assertThat(RuntimeHintsPredicates.reflection()
                        .onMethodInvocation(Objects.requireNonNull(ReflectionUtils.findMethod(Leading.class, "lead"))))
                .accepts(hints);
    }

    @Test
    void fallbacksOfRateLimitsAreKept() {
        RuntimeHints hints = new RuntimeHints();

        new ReflectiveRuntimeHintsRegistrar().registerRuntimeHints(hints, Limited.class, LimitedTwice.class);

        assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(instead(Limited.class)))
                .accepts(hints);
        assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(instead(LimitedTwice.class)))
                .accepts(hints);
    }

    private static Method instead(Class<?> type) {
        return Objects.requireNonNull(ReflectionUtils.findMethod(type, "instead", String.class));
    }

    static class Limited {

        @RateLimited(name = "api", onLimit = OnLimit.FALLBACK, fallback = "instead")
        void call(String argument) {}

        void instead(String argument) {}
    }

    static class LimitedTwice {

        @RateLimited(name = "api")
        @RateLimited(name = "other", onLimit = OnLimit.FALLBACK, fallback = "instead")
        void call(String argument) {}

        void instead(String argument) {}
    }

    static class Leading {

        @OnLeader("reports")
        void lead() {}
    }
}
