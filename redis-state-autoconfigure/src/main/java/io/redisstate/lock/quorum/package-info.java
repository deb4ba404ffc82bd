/** A lock that survives the loss of some of several independent Redis servers. */
@NullMarked
package io.redisstate.lock.quorum;

import org.jspecify.annotations.NullMarked;
