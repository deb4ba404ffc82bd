/** Numbers that nobody else gets, in the order of time. */
@NullMarked
package io.redisstate.structure.id;

import org.jspecify.annotations.NullMarked;
