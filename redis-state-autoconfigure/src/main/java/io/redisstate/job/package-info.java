/** A job queue: jobs that run at least once, on any process, now or later, again after failures. */
@NullMarked
package io.redisstate.job;

import org.jspecify.annotations.NullMarked;
