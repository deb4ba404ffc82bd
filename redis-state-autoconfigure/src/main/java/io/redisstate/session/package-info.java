/**
 * Spring Session on Redis: a repository that writes what changed in one round trip, the sessions of each user, and events
 * without keyspace notifications. {@link io.redisstate.session.StateSessionRepository} is where to begin.
 */
@NullMarked
package io.redisstate.session;

import org.jspecify.annotations.NullMarked;
