package io.redisstate.session;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Attribute values to bytes and back. The first value of each class is read back before it is written, so that what can't
 * be read fails where it is put into the session, and not as a lost session later.
 */
final class SessionCodec {

    private static final Log LOG = LogFactory.getLog(SessionCodec.class);

    private final ValueFormat json;
    private final ValueFormat jdk;
    private final SessionSerialization writes;
    private final boolean readsOther;
    private final Set<Class<?>> proven = ConcurrentHashMap.newKeySet();
    private final Set<Class<?>> leftOut = ConcurrentHashMap.newKeySet();

    SessionCodec(ValueFormat json, ValueFormat jdk, SessionSerialization writes, boolean readsOther) {
        this.json = json;
        this.jdk = jdk;
        this.writes = writes;
        this.readsOther = readsOther;
    }

    /** The same, reading both formats. */
    SessionCodec readingBoth() {
        return new SessionCodec(json, jdk, writes, true);
    }

    /**
     * The bytes of a value; null for an exception that can't be kept, such as the one of a failed login: it is no reason
     * to fail the request.
     *
     * @throws IllegalArgumentException if the value can't be written, or not be read again
     */
    byte @Nullable [] write(String attribute, Object value) {
        ValueFormat format = writes == SessionSerialization.JSON ? json : jdk;
        Class<?> type = value.getClass();
        if (leftOut.contains(type)) {
            return null;
        }
        try {
            byte[] bytes = format.write(value);
            if (!proven.contains(type)) {
                format.read(bytes);
                proven.add(type);
            }
            return bytes;
        } catch (RuntimeException ex) {
            if (value instanceof Throwable) {
                if (leftOut.add(type)) {
                    LOG.warn("Exceptions of " + type + " are not kept in sessions (attribute '" + attribute + "'): "
                            + ex);
                }
                return null;
            }
            throw new IllegalArgumentException(
                    "The session attribute '" + attribute + "' of " + type + " can't be written as " + writes
                            + " and read again. Allow the types in it by redis-state.session.allowed-types, make them"
                            + " such that they can be, or choose another redis-state.session.serialization",
                    ex);
        }
    }

    /** @throws RuntimeException if it can't be read */
    Object read(byte[] bytes) {
        boolean isJdk = JdkValues.wrote(bytes);
        if (isJdk != (writes == SessionSerialization.JDK) && !readsOther) {
            throw new IllegalArgumentException("It is written as " + (isJdk ? "JDK" : "JSON") + ", and only " + writes
                    + " is read unless redis-state.session.read-other-format is set");
        }
        return (isJdk ? jdk : json).read(bytes);
    }
}
