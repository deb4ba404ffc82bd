package io.redisstate.job;

import io.redisstate.core.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what {@code describe.lua} tells about jobs. */
final class JobDescriptions {

    private static final int VALUES = 7;

    private final String queue;
    private final JobFormat format;

    JobDescriptions(String queue, JobFormat format) {
        this.queue = queue;
        this.format = format;
    }

    List<JobInfo> read(List<@Nullable Object> reply, int from) {
        List<JobInfo> jobs = new ArrayList<>();
        for (int at = from; at + VALUES <= reply.size(); at += VALUES) {
            String state = Step.text(reply.get(at + 1));
            if (!state.isEmpty() && reply.get(at + 3) instanceof byte[] data && data.length > 0) {
                jobs.add(state.equals("finished") ? finished(reply, at, data) : unfinished(reply, at, state, data));
            }
        }
        return jobs;
    }

    private JobInfo unfinished(List<@Nullable Object> reply, int at, String name, byte[] data) {
        JobState state = JobState.valueOf(name.toUpperCase(Locale.ROOT));
        Instant score = Instant.ofEpochMilli(Step.number(reply.get(at + 2)));
        JobFormat.Stored stored = JobFormat.parse(data);
        return info(
                Step.text(reply.get(at)),
                state,
                stored,
                state == JobState.DELAYED ? score : Instant.ofEpochMilli(stored.dueMillis()),
                Step.text(reply.get(at + 4)),
                state == JobState.DEAD ? score : null,
                state == JobState.ACTIVE ? score : null,
                Step.text(reply.get(at + 5)),
                Reply.text(reply.get(at + 6)),
                null);
    }

    /** {@code <state> <ended> <attempts> <taken us>\n<result>\n<data>}. */
    private JobInfo finished(List<@Nullable Object> reply, int at, byte[] record) {
        int first = JobFormat.indexOfLineFeed(record, 0);
        int second = JobFormat.indexOfLineFeed(record, first + 1);
        String[] end = JobFormat.text(record, 0, first).split(" ", 3);
        String result = JobFormat.text(record, first + 1, second);
        byte[] data = new byte[record.length - second - 1];
        System.arraycopy(record, second + 1, data, 0, data.length);
        JobFormat.Stored stored = JobFormat.parse(data);
        return info(
                Step.text(reply.get(at)),
                JobState.valueOf(end[0].toUpperCase(Locale.ROOT)),
                stored,
                Instant.ofEpochMilli(stored.dueMillis()),
                end[2],
                Instant.ofEpochMilli(Long.parseLong(end[1])),
                null,
                Step.text(reply.get(at + 5)),
                null,
                result.isEmpty() ? null : result);
    }

    private JobInfo info(
            String id,
            JobState state,
            JobFormat.Stored stored,
            Instant due,
            String fence,
            @Nullable Instant finished,
            @Nullable Instant lease,
            String errors,
            @Nullable String progress,
            @Nullable String result) {
        int space = fence.indexOf(' ');
        long takenMicros = Long.parseLong(fence.substring(space + 1));
        return new JobInfo(
                id,
                queue,
                stored.type(),
                state,
                stored.priority(),
                Integer.parseInt(fence.substring(0, space)),
                stored.attempts(),
                stored.group(),
                stored.uniqueKey(),
                stored.after(),
                Instant.ofEpochMilli(stored.createdMillis()),
                due,
                takenMicros == 0
                        ? null
                        : Instant.ofEpochSecond(takenMicros / 1_000_000, takenMicros % 1_000_000 * 1000),
                finished,
                lease,
                format.errors(errors),
                progress == null || progress.isEmpty() ? null : progress,
                result,
                new String(stored.payload(), StandardCharsets.UTF_8),
                stored.metadata());
    }

    JobStats stats(List<@Nullable Object> reply, int minutes) {
        Map<String, Long> sums = new HashMap<>();
        for (int i = 10; i < reply.size(); i += 2) {
            sums.put(Step.text(reply.get(i)), Step.number(reply.get(i + 1)));
        }
        return new JobStats(
                Step.number(reply.get(1)) == 1,
                Step.number(reply.get(2)),
                Step.number(reply.get(3)),
                Step.number(reply.get(4)),
                Step.number(reply.get(5)),
                Step.number(reply.get(6)),
                Step.number(reply.get(7)),
                Step.number(reply.get(8)),
                Duration.ofMillis(Step.number(reply.get(9))),
                new JobStats.Totals(
                        sums.getOrDefault("total:completed", 0L),
                        sums.getOrDefault("total:failed", 0L),
                        sums.getOrDefault("total:stalled", 0L),
                        sums.getOrDefault("total:cancelled", 0L),
                        sums.getOrDefault("total:dead", 0L)),
                new JobStats.Recent(
                        minutes,
                        sums.getOrDefault("c", 0L),
                        sums.getOrDefault("f", 0L),
                        JobMeter.percentiles(sums, 'w'),
                        JobMeter.percentiles(sums, 'r')));
    }
}
