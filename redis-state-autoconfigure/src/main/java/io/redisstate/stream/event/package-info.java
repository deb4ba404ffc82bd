/** Event sourcing: append events, replay them into projections, follow them. */
@NullMarked
package io.redisstate.stream.event;

import org.jspecify.annotations.NullMarked;
