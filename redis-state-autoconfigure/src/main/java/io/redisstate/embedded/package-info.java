/** A real {@code redis-server} as a child process, for development and tests. */
@NullMarked
package io.redisstate.embedded;

import org.jspecify.annotations.NullMarked;
