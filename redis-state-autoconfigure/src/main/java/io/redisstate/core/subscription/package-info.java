/** Subscriptions that Spring Data Redis has no API for: sharded channels, and connections whose readers may be blocked. */
@NullMarked
package io.redisstate.core.subscription;

import org.jspecify.annotations.NullMarked;
