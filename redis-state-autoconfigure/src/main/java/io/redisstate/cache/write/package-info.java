/** Writing a cache's changes to where its values come from: through, or behind the callers' backs. */
@NullMarked
package io.redisstate.cache.write;

import org.jspecify.annotations.NullMarked;
