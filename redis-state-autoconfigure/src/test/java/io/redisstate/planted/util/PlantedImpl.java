package io.redisstate.planted.util;

/** Neither its package nor its name says what it is for. */
public final class PlantedImpl {}
