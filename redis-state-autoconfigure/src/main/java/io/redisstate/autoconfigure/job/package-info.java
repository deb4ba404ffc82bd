/** Auto-configuration of job queues. */
@NullMarked
package io.redisstate.autoconfigure.job;

import org.jspecify.annotations.NullMarked;
