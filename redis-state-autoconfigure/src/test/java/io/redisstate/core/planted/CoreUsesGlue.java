package io.redisstate.core.planted;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;

/** Something of core that knows how features are configured. */
public record CoreUsesGlue(RedisStateAutoConfiguration glue) {}
