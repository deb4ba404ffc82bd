/**
 * Containers: each consumes a stream for a group by one reader and several workers. Public are the container, what it is
 * made from and what it tells about itself.
 */
@NullMarked
package io.redisstate.stream.container;

import org.jspecify.annotations.NullMarked;
