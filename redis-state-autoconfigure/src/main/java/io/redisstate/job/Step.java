package io.redisstate.job;

import io.redisstate.core.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The reply to a {@code step.lua}.
 *
 * @param now by the server's clock
 * @param next until something is due; null if nothing is in sight
 * @param late ids of outcomes that came too late
 * @param ticks due recurring jobs
 * @param jobs taken
 * @param unreadable ids and fences of jobs taken whose data is none
 */
record Step(
        long now,
        @Nullable Duration next,
        boolean paused,
        List<String> late,
        List<DueTick> ticks,
        List<TakenJob> jobs,
        List<TakenJob> unreadable) {

    /** A recurring job whose time has come. */
    record DueTick(String name, long tick, String definition) {}

    private static final JobFormat.Stored NOTHING =
            new JobFormat.Stored(0, 0, 0, 1, 0, null, null, List.of(), "", 0, null, Map.of(), new byte[0]);

    static Step of(List<@Nullable Object> reply) {
        long next = number(reply.get(1));
        int at = 4;
        List<String> late = new ArrayList<>();
        for (long i = number(reply.get(3)); i > 0; i--) {
            late.add(text(reply.get(at++)));
        }
        List<DueTick> ticks = new ArrayList<>();
        for (long i = number(reply.get(at++)); i > 0; i--) {
            ticks.add(new DueTick(text(reply.get(at)), number(reply.get(at + 1)), text(reply.get(at + 2))));
            at += 3;
        }
        List<TakenJob> jobs = new ArrayList<>();
        List<TakenJob> unreadable = new ArrayList<>();
        for (; at < reply.size(); at += 3) {
            String id = text(reply.get(at));
            String fence = text(reply.get(at + 1));
            try {
                byte[] data = (byte[]) Objects.requireNonNull(reply.get(at + 2));
                jobs.add(new TakenJob(id, fence, JobFormat.parse(data)));
            } catch (IllegalArgumentException | IndexOutOfBoundsException ex) {
                unreadable.add(new TakenJob(id, fence, NOTHING));
            }
        }
        return new Step(
                number(reply.get(0)),
                next < 0 ? null : Duration.ofMillis(next),
                number(reply.get(2)) == 1,
                late,
                ticks,
                jobs,
                unreadable);
    }

    static long number(@Nullable Object element) {
        return element instanceof Long number ? number : Long.parseLong(text(element));
    }

    static String text(@Nullable Object element) {
        return Objects.requireNonNull(Reply.text(element));
    }
}
