package io.redisstate.stream.container;

/**
 * What a container is doing.
 *
 * @since 0.1
 */
public enum ContainerState {
    /** Nothing; it has not been started, or has ended. */
    STOPPED,
    /** Reading. */
    RUNNING,
    /** Not reading until it is resumed; what it has read is handled. */
    PAUSED,
    /** Not reading until its handler's circuit closes. */
    CIRCUIT_OPEN,
    /** Trying to reach Redis again. */
    DISCONNECTED,
    /** Ending what it has begun. */
    STOPPING
}
