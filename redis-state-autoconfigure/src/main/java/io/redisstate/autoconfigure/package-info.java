/** Auto-configuration: one class and one set of properties for each feature, and nothing else. */
@NullMarked
package io.redisstate.autoconfigure;

import org.jspecify.annotations.NullMarked;
