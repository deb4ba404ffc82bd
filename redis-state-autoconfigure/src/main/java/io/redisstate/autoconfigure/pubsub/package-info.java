/** Auto-configuration of pub/sub. */
@NullMarked
package io.redisstate.autoconfigure.pubsub;

import org.jspecify.annotations.NullMarked;
