/** Entries of a cache: values to bytes and back, and what else the bytes say. */
@NullMarked
package io.redisstate.cache.entry;

import org.jspecify.annotations.NullMarked;
