/** Leader election: one process of many does something until it ends or loses its lease. */
@NullMarked
package io.redisstate.lock.leader;

import org.jspecify.annotations.NullMarked;
