/** Many commands in few round trips. */
@NullMarked
package io.redisstate.structure.pipeline;

import org.jspecify.annotations.NullMarked;
