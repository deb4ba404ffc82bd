/**
 * Redis streams that don't lose work: what is published, read, retried, buried and redriven. Containers that consume are in
 * {@code container}, annotated methods in {@code listener}, event sourcing in {@code event}.
 */
@NullMarked
package io.redisstate.stream;

import org.jspecify.annotations.NullMarked;
