package io.redisstate.stream.listener;

import io.redisstate.stream.container.ContainerOptions;

/**
 * What holds for a listener where its annotation says nothing.
 *
 * @param options how it consumes; its group is that of listeners without one, its id and stream are not used
 * @param autoStartup whether it starts with the application
 * @since 0.1
 */
public record ListenerDefaults(ContainerOptions options, boolean autoStartup) {}
