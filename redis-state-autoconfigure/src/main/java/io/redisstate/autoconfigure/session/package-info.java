/** Auto-configuration of sessions. */
@NullMarked
package io.redisstate.autoconfigure.session;

import org.jspecify.annotations.NullMarked;
