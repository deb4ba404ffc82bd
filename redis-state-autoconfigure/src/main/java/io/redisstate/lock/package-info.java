/**
 * Locks that hold across processes, with leases, fencing tokens and fair waiting.
 */
@NullMarked
package io.redisstate.lock;

import org.jspecify.annotations.NullMarked;
