/** What happened when: feeds of activities, who was active, and events by time. */
@NullMarked
package io.redisstate.structure.feed;

import org.jspecify.annotations.NullMarked;
