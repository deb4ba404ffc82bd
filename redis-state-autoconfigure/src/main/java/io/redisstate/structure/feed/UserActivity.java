package io.redisstate.structure.feed;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who was active when: the last time of each user, who was active lately, and how many they were.
 *
 * <p>By the server's clock, to the millisecond. Each operation is one round trip, for many users one for each 1,000. Uses one
 * sorted set, bounded by number and time. For exact presence with an end see
 * {@code Presence}; for active users by day see {@code Counters.uniquePerDay}. Thread-safe.
 *
 * @since 0.1
 */
public final class UserActivity {

    private static final Script<Long> TOUCH = Script.load(UserActivity.class, "touch", Reply.LONG);
    private static final Script<List<@Nullable Object>> ACTIVE = Script.load(UserActivity.class, "active", Reply.LIST);
    private static final Script<List<@Nullable Object>> SCORE = Script.load(UserActivity.class, "last", Reply.LIST);
    private static final Script<Long> REMOVE = Script.command("ZREM", Reply.LONG);
    private static final int CHUNK = 1_000;

    private final CallExecutor calls;
    private final List<String> key;
    private final Duration remember;
    private final long maxUsers;

    /**
     * The activity of users.
     *
     * @param keys what its key is built from
     * @param remember how long a user is known after the last activity, from 1 ms
     * @param maxUsers how many users are known, the latest ones, from 1
     */
    public UserActivity(CallExecutor calls, KeySpace keys, String name, Duration remember, long maxUsers) {
        if (remember.toMillis() < 1 || maxUsers < 1) {
            throw new IllegalArgumentException("The activity '" + name + "' is to remember " + maxUsers + " users for "
                    + remember + "; allowed is 1 or more for 1 ms or more");
        }
        this.calls = calls;
        this.key = List.of(keys.key(name));
        this.remember = remember;
        this.maxUsers = maxUsers;
    }

    /** Notes that a user is active now; returns when that is. */
    public Instant touch(String user) {
        return touchAll(List.of(user));
    }

    /** Notes that users are active now; at least one. */
    public Instant touchAll(Collection<String> users) {
        List<String> all = List.copyOf(users);
        long now = 0;
        for (int i = 0; i < all.size(); i += CHUNK) {
            List<Object> arguments = new ArrayList<>(List.of(remember.toMillis(), maxUsers));
            arguments.addAll(all.subList(i, Math.min(all.size(), i + CHUNK)));
            now = calls.execute(TOUCH.call(key, arguments.toArray()).asRepeatable());
        }
        return Instant.ofEpochMilli(now);
    }

    /** When a user was active last; empty if that is not remembered. */
    public Optional<Instant> lastActive(String user) {
        String time = Reply.text(
                calls.execute(SCORE.call(key, remember.toMillis(), user).asRepeatable())
                        .get(0));
        return time == null || time.isEmpty() ? Optional.empty() : Optional.of(time(time));
    }

    /** How many users were active within the last time. */
    public long countWithin(Duration last) {
        return (Long) Objects.requireNonNull(active(last, 0).get(0));
    }

    /**
     * Who was active within the last time, and when, the latest first.
     *
     * @param count how many at most, 1 to 10,000
     */
    public Map<String, Instant> within(Duration last, int count) {
        if (count < 1 || count > 10_000) {
            throw new IllegalArgumentException("Asked for " + count + " users; allowed is 1 to 10000");
        }
        List<@Nullable Object> reply = active(last, count);
        Map<String, Instant> users = new LinkedHashMap<>();
        for (int i = 1; i < reply.size(); i += 2) {
            users.put(Objects.requireNonNull(Reply.text(reply.get(i))), time(Reply.text(reply.get(i + 1))));
        }
        return users;
    }

    /** Forgets a user. */
    public void forget(String user) {
        calls.execute(REMOVE.call(key, user).asRepeatable());
    }

    private List<@Nullable Object> active(Duration last, int count) {
        long millis = Math.min(last.toMillis(), remember.toMillis());
        return calls.execute(ACTIVE.call(key, millis, count).asRepeatable());
    }

    private static Instant time(@Nullable String millis) {
        return Instant.ofEpochMilli((long) Double.parseDouble(Objects.requireNonNull(millis)));
    }
}
