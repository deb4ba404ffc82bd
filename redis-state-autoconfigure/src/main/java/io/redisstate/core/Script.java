package io.redisstate.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Lua script from a file {@code <name>.lua} beside the class that owns it, with its SHA-1 digest and reply type.
 *
 * <p>Immutable and thread-safe; meant for {@code static final} fields. Loading reads the class path only; nothing is
 * sent to Redis before the first call.
 *
 * @param <T> the reply
 * @since 0.1
 */
public final class Script<T extends @Nullable Object> {

    private static final Pattern INCLUDE = Pattern.compile("^-- include ([a-z-]+)$", Pattern.MULTILINE);

    private final String name;
    private final byte[] nameBytes;
    private final byte @Nullable [] body;
    private final byte[] digest;
    private final Reply<T> reply;

    private Script(String name, byte @Nullable [] body, Reply<T> reply) {
        this.name = name;
        this.nameBytes = KeySpace.bytes(name);
        this.body = body;
        this.digest = body == null ? new byte[0] : sha1(body);
        this.reply = reply;
    }

    /**
     * Reads {@code <name>.lua} from the owner's package. A line {@code -- include <other>} in it stands for the text of
     * {@code <other>.lua}, for functions that several scripts share.
     *
     * @throws IllegalStateException if there is no such file
     */
    public static <T extends @Nullable Object> Script<T> load(Class<?> owner, String name, Reply<T> reply) {
        return new Script<>(name, read(owner, name).getBytes(StandardCharsets.UTF_8), reply);
    }

    /**
     * A single command in the place of a script, where nothing has to be atomic beyond it: one command for the server
     * instead of two. The first key decides the cluster node; keys come before arguments on the wire.
     *
     * @param command its name, such as {@code HGETALL}
     */
    public static <T extends @Nullable Object> Script<T> command(String command, Reply<T> reply) {
        return new Script<>(command, null, reply);
    }

    private static String read(Class<?> owner, String name) {
        String file = name + ".lua";
        try (InputStream in = owner.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("No script " + file + " beside " + owner.getName());
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return INCLUDE.matcher(text).replaceAll(include -> Matcher.quoteReplacement(read(owner, include.group(1))));
        } catch (IOException ex) {
            throw new UncheckedIOException("Can't read script " + file, ex);
        }
    }

    /** A call of this script; keys and arguments are strings (sent as UTF-8), numbers or byte arrays. */
    public ScriptCall<T> call(List<String> keys, Object... arguments) {
        List<byte[]> values = new ArrayList<>(arguments.length);
        for (Object argument : arguments) {
            values.add(argument instanceof byte[] bytes ? bytes : KeySpace.bytes(argument.toString()));
        }
        List<byte[]> names = new ArrayList<>(keys.size());
        for (String key : keys) {
            names.add(KeySpace.bytes(key));
        }
        return new ScriptCall<>(this, names, values, false);
    }

    /** The file's name without its ending, or the command. */
    public String name() {
        return name;
    }

    /** The name, as it goes to the server if this is a command. Nobody may change it. */
    byte[] nameBytes() {
        return nameBytes;
    }

    Reply<T> reply() {
        return reply;
    }

    /** Whether this is a single command, which has neither body nor digest. */
    boolean isCommand() {
        return body == null;
    }

    /** The text of the script, for EVAL on a connection of the caller's own. Nobody may change it. */
    public byte[] body() {
        return Objects.requireNonNull(body, "A command has no body");
    }

    /** The lower-case hexadecimal SHA-1 digest, as EVALSHA takes it. */
    byte[] digest() {
        return digest;
    }

    @Override
    public String toString() {
        return isCommand() ? name : name + ".lua";
    }

    private static byte[] sha1(byte[] body) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-1").digest(body);
            return HexFormat.of().formatHex(sum).getBytes(StandardCharsets.US_ASCII);
        } catch (NoSuchAlgorithmException ex) {
            throw new IllegalStateException("Every Java platform has SHA-1", ex);
        }
    }
}
