/** What a process remembers of its caches, kept in step with Redis: versions, near values, names of keys. */
@NullMarked
package io.redisstate.cache.near;

import org.jspecify.annotations.NullMarked;
