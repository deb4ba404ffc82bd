package io.redisstate.job;

import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * How a job is written: a line that scripts read too, a line for workers, and the payload. Texts in the lines are
 * percent-encoded behind {@code =}; {@code -} stands for none.
 */
final class JobFormat {

    private static final String NONE = "-";

    private final JsonCodec codec;

    JobFormat(JsonCodec codec) {
        this.codec = codec;
    }

    /**
     * What a stored job says.
     *
     * @param payload JSON
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Stored(
            long createdMillis,
            long dueMillis,
            int priority,
            int attempts,
            long keepMillis,
            @Nullable String group,
            @Nullable String uniqueKey,
            List<String> after,
            String type,
            long timeoutMillis,
            @Nullable Backoff backoff,
            Map<String, String> metadata,
            byte[] payload) {}

    /** {@code <priority> <attempts> <keep> <group> <unique> <window> <after>}. */
    String header(JobRequest request) {
        StringJoiner line = new StringJoiner(" ");
        line.add(Integer.toString(request.priority()));
        line.add(Integer.toString(request.attempts()));
        line.add(Long.toString(request.keep().toMillis()));
        line.add(encoded(request.group()));
        line.add(encoded(request.uniqueKey()));
        line.add(Long.toString(request.uniqueWindow().toMillis()));
        line.add(request.after().isEmpty() ? NONE : String.join(",", request.after()));
        return line.toString();
    }

    JobProtocol.Lane lane(JobRequest request) {
        return new JobProtocol.Lane(request.priority(), encoded(request.group()));
    }

    /** {@code <type> <timeout> <backoff> <metadata>\n<payload>}. */
    byte[] body(JobRequest request) {
        Backoff backoff = request.backoff();
        String line = encoded(request.type())
                + ' '
                + request.timeout().toMillis()
                + ' '
                + (backoff == null ? NONE : backoff.toText())
                + ' '
                + metadata(request.metadata())
                + '\n';
        byte[] payload = codec.encode(request.payload());
        ByteArrayOutputStream out = new ByteArrayOutputStream(line.length() + payload.length);
        out.writeBytes(KeySpace.bytes(line));
        out.writeBytes(payload);
        return out.toByteArray();
    }

    /** @throws IllegalArgumentException if it isn't one */
    static Stored parse(byte[] data) {
        int first = indexOfLineFeed(data, 0);
        int second = indexOfLineFeed(data, first + 1);
        if (first < 0 || second < 0) {
            throw new IllegalArgumentException("Not the data of a job");
        }
        String[] header = text(data, 0, first).split(" ", -1);
        String[] line = text(data, first + 1, second).split(" ", -1);
        byte[] payload = new byte[data.length - second - 1];
        System.arraycopy(data, second + 1, payload, 0, payload.length);
        return new Stored(
                Long.parseLong(header[0]),
                Long.parseLong(header[1]),
                Integer.parseInt(header[2]),
                Integer.parseInt(header[3]),
                Long.parseLong(header[4]),
                decoded(header[5]),
                decoded(header[6]),
                header[8].equals(NONE) ? List.of() : List.of(header[8].split(",", -1)),
                String.valueOf(decoded(line[0])),
                Long.parseLong(line[1]),
                line[2].equals(NONE) ? null : Backoff.parse(line[2]),
                metadata(line[3]),
                payload);
    }

    static int indexOfLineFeed(byte[] data, int from) {
        for (int i = from; i < data.length; i++) {
            if (data[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    static String text(byte[] data, int from, int to) {
        return new String(data, from, to - from, StandardCharsets.UTF_8);
    }

    String error(int attempt, String type, @Nullable String message, String stack) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("attempt", attempt);
        error.put("at", System.currentTimeMillis());
        error.put("type", type);
        error.put("message", message == null ? "" : message);
        error.put("stack", stack);
        // Entries are separated by line feeds, which a mapper that indents would write.
        return text(codec.encode(error)).replace('\n', ' ');
    }

    List<JobError> errors(String lines) {
        List<JobError> errors = new ArrayList<>();
        for (String line : lines.isEmpty() ? new String[0] : lines.split("\n", -1)) {
            Map<?, ?> error = codec.decode(KeySpace.bytes(line), Map.class);
            if (error != null) {
                errors.add(new JobError(
                        ((Number) field(error, "attempt", 0)).intValue(),
                        Instant.ofEpochMilli(((Number) field(error, "at", 0)).longValue()),
                        field(error, "type", "").toString(),
                        field(error, "message", "").toString(),
                        field(error, "stack", "").toString()));
            }
        }
        return errors;
    }

    private static Object field(Map<?, ?> error, String name, Object byDefault) {
        Object value = error.get(name);
        return value == null ? byDefault : value;
    }

    String json(@Nullable Object value) {
        return text(codec.encode(value));
    }

    JsonCodec codec() {
        return codec;
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    private static String metadata(Map<String, String> metadata) {
        if (metadata.isEmpty()) {
            return NONE;
        }
        StringJoiner pairs = new StringJoiner("&");
        metadata.forEach((name, value) -> pairs.add(encode(name) + '=' + encode(value)));
        return pairs.toString();
    }

    private static Map<String, String> metadata(String text) {
        if (text.equals(NONE)) {
            return Map.of();
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        for (String pair : text.split("&", -1)) {
            int sign = pair.indexOf('=');
            metadata.put(decode(pair.substring(0, sign)), decode(pair.substring(sign + 1)));
        }
        return metadata;
    }

    private static String encoded(@Nullable String text) {
        return text == null ? NONE : '=' + encode(text);
    }

    private static @Nullable String decoded(String text) {
        return text.equals(NONE) ? null : decode(text.substring(1));
    }

    private static String encode(String text) {
        return isPlain(text) ? text : URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decode(String text) {
        return isPlain(text) ? text : URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.')) {
                return false;
            }
        }
        return true;
    }
}
