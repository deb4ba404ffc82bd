/** What the library costs, next to a bare client and to its peers, in the same run. */
@NullMarked
package io.redisstate.benchmarks;

import org.jspecify.annotations.NullMarked;
