/** What annotations on methods need: expressions, checks at start-up, and sections that last until a result is there. */
@NullMarked
package io.redisstate.core.method;

import org.jspecify.annotations.NullMarked;
