/** Meters of the features. */
@NullMarked
package io.redisstate.observe;

import org.jspecify.annotations.NullMarked;
