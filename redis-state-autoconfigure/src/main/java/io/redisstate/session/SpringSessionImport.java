package io.redisstate.session;

import org.jspecify.annotations.Nullable;

/**
 * Takes over sessions that Spring Session's own repositories have written, when they are first used: moved under our key
 * and removed there, so that a session that is ended later does not come back.
 */
final class SpringSessionImport {

    private final SessionStore store;
    private final SessionCodec codec;
    private final StateSession.Owner owner;
    private final SessionReader reader;
    private final SessionWriter writer;
    private final String namespace;

    SpringSessionImport(
            SessionStore store,
            SessionCodec codec,
            StateSession.Owner owner,
            SessionReader reader,
            SessionWriter writer,
            String namespace) {
        this.store = store;
        this.codec = codec.readingBoth();
        this.owner = owner;
        this.reader = reader;
        this.writer = writer;
        this.namespace = namespace;
    }

    /** Of several requests at once, all get the session, and one of them has moved it. */
    @Nullable
    StateSession find(String id) {
        String key = namespace + ":sessions:" + id;
        SessionHash hash = SessionHash.of(store.ask(store.readKey(key)));
        if (!hash.isEmpty()) {
            move(id, hash);
            store.ask(store.deleteKey(key));
        }
        return reader.find(id);
    }

    private void move(String id, SessionHash hash) {
        try {
            StateSession theirs = hash.toSession(id, owner, codec);
            if (!theirs.isExpired()) {
                writer.writeImported(theirs.asNew());
            }
        } catch (UnreadableSessionException ex) {
            reader.countAndLog(ex);
        }
    }
}
