/**
 * What every feature needs and none owns: key names, scripts and the one place they are run from, the JSON codec,
 * wake-ups, the connection guard, and threads with an owner and an end.
 */
@NullMarked
package io.redisstate.core;

import org.jspecify.annotations.NullMarked;
