/** Caching: a {@code CacheManager} on Redis that loads each value once, keeps what it knows coherent and survives Redis. */
@NullMarked
package io.redisstate.cache;

import org.jspecify.annotations.NullMarked;
