package io.redisstate.plantedtoo;

import io.redisstate.planted.BreaksEveryRule;

/** The other half of a cycle. */
public record Other(BreaksEveryRule back, Class<?> boot) {}
