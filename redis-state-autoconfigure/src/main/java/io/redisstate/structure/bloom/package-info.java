/** Whether something was seen before, probably. */
@NullMarked
package io.redisstate.structure.bloom;

import org.jspecify.annotations.NullMarked;
