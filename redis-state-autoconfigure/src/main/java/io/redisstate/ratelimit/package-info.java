/** Rate limits that all processes of an application share. */
@NullMarked
package io.redisstate.ratelimit;

import org.jspecify.annotations.NullMarked;
