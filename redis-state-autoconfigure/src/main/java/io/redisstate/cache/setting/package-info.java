/** Checked settings of parts of a cache. */
@NullMarked
package io.redisstate.cache.setting;

import org.jspecify.annotations.NullMarked;
