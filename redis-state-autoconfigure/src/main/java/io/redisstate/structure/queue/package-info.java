/** Queues whose readers may wait. */
@NullMarked
package io.redisstate.structure.queue;

import org.jspecify.annotations.NullMarked;
