/** What happens after a sale: order events, and who consumes them. */
@NullMarked
package io.redisstate.sample.orders;

import org.jspecify.annotations.NullMarked;
