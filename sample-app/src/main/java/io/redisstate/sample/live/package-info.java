/** Notifications to every open page, whichever instance serves it. */
@NullMarked
package io.redisstate.sample.live;

import org.jspecify.annotations.NullMarked;
