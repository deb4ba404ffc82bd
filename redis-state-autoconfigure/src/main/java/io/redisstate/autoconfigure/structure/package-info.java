/** Auto-configuration of the structures. */
@NullMarked
package io.redisstate.autoconfigure.structure;

import org.jspecify.annotations.NullMarked;
