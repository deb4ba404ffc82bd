/** Counters: plain, by window of time, of distinct elements, and spread over several keys. */
@NullMarked
package io.redisstate.structure.counter;

import org.jspecify.annotations.NullMarked;
