package io.redisstate.core.subscription;

/** One connection to one primary that tells of changed keys. Used once: when it is lost, it stays closed. */
interface TrackingLink extends AutoCloseable {

    /** The channel by which RESP 2 tells. */
    String CHANNEL = "__redis__:invalidate";

    /** Sends a sign of life, and closes the link if the node has given none since the one before. */
    void check();

    boolean isOpen();

    @Override
    void close();

    /** What a link hears. */
    interface Events {

        void changed(String key);

        /** The server has been emptied. */
        void changedAll();

        /** The link has ended by itself. */
        void lost(Throwable reason);
    }
}
