/** The venues on a map: the nearest ones, and how often each was looked at. */
@NullMarked
package io.redisstate.sample.venues;

import org.jspecify.annotations.NullMarked;
