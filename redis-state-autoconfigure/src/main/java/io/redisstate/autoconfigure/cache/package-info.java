/** Auto-configuration of caching. */
@NullMarked
package io.redisstate.autoconfigure.cache;

import org.jspecify.annotations.NullMarked;
