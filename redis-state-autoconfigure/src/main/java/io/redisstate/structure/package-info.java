/** Ready-made structures on Redis; {@link io.redisstate.structure.RedisStructures} makes them all. */
@NullMarked
package io.redisstate.structure;

import org.jspecify.annotations.NullMarked;
