/** Records kept as hashes, a field for each property. */
@NullMarked
package io.redisstate.structure.document;

import org.jspecify.annotations.NullMarked;
