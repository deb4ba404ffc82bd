/** Lua scripts as methods of an interface. */
@NullMarked
package io.redisstate.structure.script;

import org.jspecify.annotations.NullMarked;
