/** Methods that consume streams, and the registry of their containers. */
@NullMarked
package io.redisstate.stream.listener;

import org.jspecify.annotations.NullMarked;
