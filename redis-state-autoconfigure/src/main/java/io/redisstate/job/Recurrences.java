package io.redisstate.job;

import io.redisstate.core.KeySpace;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The recurring jobs of a queue. Definitions are in Redis, so every worker follows the same ones; the first one to come at a
 * tick turns it into a job.
 */
final class Recurrences {

    private static final Log LOG = LogFactory.getLog(Recurrences.class);

    private static final JobProtocol.Lane NO_LANE = new JobProtocol.Lane(0, "");

    private final Set<String> complaints = ConcurrentHashMap.newKeySet();
    private final String queue;
    private final JobProtocol protocol;
    private final JobFormat format;

    Recurrences(String queue, JobProtocol protocol, JobFormat format) {
        this.queue = queue;
        this.protocol = protocol;
        this.format = format;
    }

    /** A definition as it is read from Redis. */
    private record Definition(Recurrence rule, String header, byte[] body) {}

    boolean define(Recurrence recurrence) {
        String definition = write(recurrence);
        long[] answer = protocol.define(recurrence.name(), definition, "");
        if (answer[0] == 1) {
            // The first tick is reckoned from the server's clock.
            answer = protocol.define(recurrence.name(), definition, Long.toString(recurrence.nextAfter(answer[1])));
        }
        return answer[0] != 0;
    }

    /** Takes out of the queue what has been defined. */
    void defineAll(Queue<Recurrence> defined) {
        for (Recurrence next = defined.peek(); next != null; next = defined.peek()) {
            define(next);
            defined.remove();
        }
    }

    boolean remove(String name) {
        return protocol.define(name, "", "")[0] != 0;
    }

    List<ScheduledRecurrence> list() {
        List<ScheduledRecurrence> all = new ArrayList<>();
        List<@Nullable Object> reply = protocol.schedules();
        for (int i = 0; i < reply.size(); i += 3) {
            String name = Step.text(reply.get(i));
            Recurrence rule = read(name, Step.text(reply.get(i + 1))).rule;
            all.add(new ScheduledRecurrence(
                    name,
                    rule.cronText(),
                    rule.everyMillis(),
                    rule.zone(),
                    rule.misfire(),
                    Instant.ofEpochMilli(Step.number(reply.get(i + 2)))));
        }
        return all;
    }

    /** Turns due ticks into jobs; false if one has to be tried again. */
    boolean fire(List<Step.DueTick> ticks, long now) {
        boolean all = true;
        for (Step.DueTick tick : ticks) {
            all &= fire(tick, now);
        }
        return all;
    }

    /** Turns a due tick into a job, unless another worker has; false if that has to be tried again. */
    private boolean fire(Step.DueTick due, long now) {
        try {
            Definition definition = read(due.name(), due.definition());
            Recurrence rule = definition.rule;
            // The id is the tick's, so not even a call that is repeated enqueues it twice.
            String id = URLEncoder.encode(due.name(), StandardCharsets.UTF_8) + '@' + due.tick();
            boolean runs = rule.runs(due.tick(), now);
            protocol.tick(
                    due.name(),
                    due.tick(),
                    rule.following(due.tick(), now),
                    runs ? new JobProtocol.Entry(id, 0, definition.header, definition.body, NO_LANE, false) : null);
            complaints.remove(due.name());
            return true;
        } catch (RuntimeException ex) {
            // Tried again each second, as long as Redis is full or the definition unreadable; said once.
            if (complaints.add(due.name())) {
                LOG.error(
                        "The tick of the recurring job '" + due.name() + "' of queue '" + queue
                                + "' can't become a job and is tried again",
                        ex);
            }
            return false;
        }
    }

    private String write(Recurrence recurrence) {
        JobRequest request = recurrence.request();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cron", Objects.requireNonNullElse(recurrence.cronText(), ""));
        fields.put("every", recurrence.everyMillis());
        fields.put("zone", recurrence.zone().getId());
        fields.put("misfire", recurrence.misfire().name());
        fields.put("header", format.header(request));
        fields.put("body", Base64.getEncoder().encodeToString(format.body(request)));
        return format.json(fields);
    }

    private Definition read(String name, String json) {
        Map<?, ?> fields = format.codec().decode(KeySpace.bytes(json), Map.class);
        if (fields == null) {
            throw new IllegalArgumentException("No definition");
        }
        JobRequest any = JobRequest.of("any");
        String cron = text(fields, "cron");
        Recurrence rule = cron.isEmpty()
                ? Recurrence.every(name, Duration.ofMillis(Long.parseLong(text(fields, "every"))), any)
                : Recurrence.cron(name, cron, ZoneId.of(text(fields, "zone")), any);
        return new Definition(
                rule.withMisfire(MisfirePolicy.valueOf(text(fields, "misfire"))),
                text(fields, "header"),
                Base64.getDecoder().decode(text(fields, "body")));
    }

    private static String text(Map<?, ?> fields, String name) {
        Object value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("The definition has no " + name);
        }
        return value.toString();
    }
}
