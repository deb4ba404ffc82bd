/** Rate limits that count over all processes: five algorithms, one script, one round trip. */
@NullMarked
package io.redisstate.ratelimit;

import org.jspecify.annotations.NullMarked;
