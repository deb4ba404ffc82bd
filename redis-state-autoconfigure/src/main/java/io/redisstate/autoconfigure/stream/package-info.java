/** Auto-configuration of streams. */
@NullMarked
package io.redisstate.autoconfigure.stream;

import org.jspecify.annotations.NullMarked;
