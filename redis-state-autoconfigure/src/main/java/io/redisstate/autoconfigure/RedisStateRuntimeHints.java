package io.redisstate.autoconfigure;

import io.redisstate.core.method.MethodExpressions;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/** What a native image must keep: the scripts of all features, and what expressions see as their root. */
final class RedisStateRuntimeHints implements RuntimeHintsRegistrar {

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        hints.resources().registerPattern("io/redisstate/**/*.lua");
        hints.reflection().registerType(MethodExpressions.Root.class, MemberCategory.INVOKE_PUBLIC_METHODS);
    }
}
