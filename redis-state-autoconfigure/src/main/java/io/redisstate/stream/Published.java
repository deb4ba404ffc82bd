package io.redisstate.stream;

/**
 * What became of a publication.
 *
 * @param id the entry's id
 * @param duplicate whether it had been published before; then the id is that of the first time
 * @since 0.1
 */
public record Published(String id, boolean duplicate) {}
