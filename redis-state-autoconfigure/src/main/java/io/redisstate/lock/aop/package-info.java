/** The advice behind {@link io.redisstate.lock.DistributedLock}. */
@NullMarked
package io.redisstate.lock.aop;

import org.jspecify.annotations.NullMarked;
