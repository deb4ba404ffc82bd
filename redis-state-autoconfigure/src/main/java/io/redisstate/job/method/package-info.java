/** Methods of beans as handlers of jobs. */
@NullMarked
package io.redisstate.job.method;

import org.jspecify.annotations.NullMarked;
