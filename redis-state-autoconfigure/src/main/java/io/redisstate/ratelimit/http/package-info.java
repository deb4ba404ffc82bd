/**
 * Rate limits on HTTP: URL rules, the 429 answer and the {@code RateLimit} fields, for servlets and for WebFlux.
 *
 * <p>What is the same on both stacks (rules, the caller's address, fields, problem bodies) knows neither of them; a
 * filter and an exception handler for each stack are all that does.
 */
@NullMarked
package io.redisstate.ratelimit.http;

import org.jspecify.annotations.NullMarked;
