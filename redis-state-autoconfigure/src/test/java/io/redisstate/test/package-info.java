/** Real Redis servers for the tests of every module: one, with Sentinel, as a cluster; and other JVMs. */
@NullMarked
package io.redisstate.test;

import org.jspecify.annotations.NullMarked;
