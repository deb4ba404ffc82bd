package io.redisstate.pubsub;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/** Logs a failure as an error: what is done unless a handler is given. */
final class LoggedErrors implements ListenerErrorHandler {

    private static final Log LOG = LogFactory.getLog(PubSubListener.class);

    @Override
    public void handleError(PubSubListener listener, ReceivedMessage message, Throwable failure) {
        LOG.error(
                "The pub/sub listener " + listener.id() + " failed with a message of " + message.body().length
                        + " bytes from channel '" + message.channel() + "'",
                failure);
    }
}
