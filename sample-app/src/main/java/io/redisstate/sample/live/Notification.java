package io.redisstate.sample.live;

/** Something all visitors are told. */
public record Notification(String client, String what) {}
