/** Application events that reach all instances of the application. */
@NullMarked
package io.redisstate.pubsub.event;

import org.jspecify.annotations.NullMarked;
