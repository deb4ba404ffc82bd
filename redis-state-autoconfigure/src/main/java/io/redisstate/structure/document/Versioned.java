package io.redisstate.structure.document;

import org.jspecify.annotations.Nullable;

/**
 * A document as it was read.
 *
 * @param value what it says
 * @param version above 0, and greater at each write
 * @since 0.1
 */
public record Versioned<T extends @Nullable Object>(T value, long version) {}
