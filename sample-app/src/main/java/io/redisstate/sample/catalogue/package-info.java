/** The catalogue: products from a slow database, cached. */
@NullMarked
package io.redisstate.sample.catalogue;

import org.jspecify.annotations.NullMarked;
