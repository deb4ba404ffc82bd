/** Finding members by what they are tagged with, or by where they are. */
@NullMarked
package io.redisstate.structure.index;

import org.jspecify.annotations.NullMarked;
