/** Reading and then writing, if nobody has written in between: WATCH and EXEC. */
@NullMarked
package io.redisstate.structure.transaction;

import org.jspecify.annotations.NullMarked;
