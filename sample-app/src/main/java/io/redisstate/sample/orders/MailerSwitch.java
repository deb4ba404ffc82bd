package io.redisstate.sample.orders;

import io.redisstate.pubsub.event.Broadcast;

/** Breaks the mailer, or repairs it, in all instances of the shop. */
@Broadcast("mailer-switch")
record MailerSwitch(boolean broken) {}
