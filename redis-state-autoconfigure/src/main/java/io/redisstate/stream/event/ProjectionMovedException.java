package io.redisstate.stream.event;

/**
 * Another process moves the same projection, which only one may. Let one of them lead, for instance by an election.
 *
 * @since 0.1
 */
public class ProjectionMovedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ProjectionMovedException(String stream, String projection) {
        super("Projection '" + projection + "' of event stream '" + stream
                + "' was moved by another process; only one may move it");
    }
}
