/** How caches behave. */
@NullMarked
package io.redisstate.cache.setting;

import org.jspecify.annotations.NullMarked;
