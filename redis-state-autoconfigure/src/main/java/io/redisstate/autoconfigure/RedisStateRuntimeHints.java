package io.redisstate.autoconfigure;

import io.redisstate.core.method.MethodExpressions;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.cache.interceptor.SimpleKey;

/** What a native image must keep: the scripts of all features, what expressions see as their root, and the arguments within keys of
 * Spring's caches. */
final class RedisStateRuntimeHints implements RuntimeHintsRegistrar {

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        hints.resources().registerPattern("io/redisstate/**/*.lua");
        hints.reflection().registerType(SimpleKey.class, type -> type.withField("params"));
        hints.reflection().registerType(MethodExpressions.Root.class, MemberCategory.INVOKE_PUBLIC_METHODS);
    }
}
