package io.redisstate.core.subscription;

/**
 * One connection to one node, subscribed to sharded channels. It is used once: when it is lost, it stays closed. What it
 * hears it tells {@link Events}, on a thread of the client.
 */
interface ShardLink extends AutoCloseable {

    /** Sends SSUBSCRIBE; whether it worked is told later. */
    void subscribe(String channel);

    /** Sends SUNSUBSCRIBE. */
    void unsubscribe(String channel);

    /** Sends a sign of life, and closes the link if the node has given none since the one before. */
    void check();

    boolean isOpen();

    @Override
    void close();

    /** What a link hears. */
    interface Events {

        void message(byte[] channel, byte[] body);

        void subscribed(ShardLink link, String channel);

        /** The server ended the subscription or refused it, because the channel's slot is another node's. */
        void unsubscribed(ShardLink link, String channel);

        /** The link has ended by itself. */
        void lost(ShardLink link, Throwable reason);
    }
}
