/** Who is there, in which room, and who came and went. */
@NullMarked
package io.redisstate.structure.presence;

import org.jspecify.annotations.NullMarked;
