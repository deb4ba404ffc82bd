/** Who is here and who buys most. */
@NullMarked
package io.redisstate.sample.audience;

import org.jspecify.annotations.NullMarked;
