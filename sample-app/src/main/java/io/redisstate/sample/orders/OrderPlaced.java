package io.redisstate.sample.orders;

/** A seat was sold: the event that goes through the stream. */
public record OrderPlaced(int seat, String client) {}
