/** Pub/sub: listeners with an ordered, bounded hand-over, a publisher, sharded channels. */
@NullMarked
package io.redisstate.pubsub;

import org.jspecify.annotations.NullMarked;
