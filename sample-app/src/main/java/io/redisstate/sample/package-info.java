/** The ticket shop: a web application that uses Redis State as its users would. */
@NullMarked
package io.redisstate.sample;

import org.jspecify.annotations.NullMarked;
