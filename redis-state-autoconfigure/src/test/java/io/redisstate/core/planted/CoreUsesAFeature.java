package io.redisstate.core.planted;

import io.redisstate.plantedtoo.Other;

/** Something of core that knows a feature. */
public record CoreUsesAFeature(Other feature) {}
