package io.redisstate.structure.index;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Members and where they are: near a place or another member, in a circle or a box, with distances.
 *
 * <p>Each operation is one round trip, for many members one for each 1,000. Distances are on a sphere, off by up to 0.5 %. Uses one
 * sorted set, so one cluster slot. Thread-safe.
 *
 * @since 0.1
 */
public final class GeoIndex {

    private static final Script<Long> ADD = Script.command("GEOADD", Reply.LONG);
    private static final Script<Long> REMOVE = Script.command("ZREM", Reply.LONG);
    private static final Script<Long> SIZE = Script.command("ZCARD", Reply.LONG);
    private static final Script<Long> UNLINK = Script.command("UNLINK", Reply.LONG);
    private static final Script<byte @Nullable []> DISTANCE = Script.load(GeoIndex.class, "geo-distance", Reply.BYTES);
    private static final Script<List<@Nullable Object>> POSITION =
            Script.load(GeoIndex.class, "geo-position", Reply.LIST);
    private static final Script<List<@Nullable Object>> SEARCH = Script.load(GeoIndex.class, "geo-search", Reply.LIST);
    private static final int CHUNK = 1_000;

    private final CallExecutor calls;
    private final List<String> key;

    /**
     * An index.
     *
     * @param keys what its key is built from
     */
    public GeoIndex(CallExecutor calls, KeySpace keys, String name) {
        this.calls = calls;
        this.key = List.of(keys.key(name));
    }

    /** Says where a member is; true if it was not there before. */
    public boolean add(String member, GeoPosition position) {
        return addAll(Map.of(member, position)) > 0;
    }

    /** Says where many members are; returns how many were not there before. */
    public long addAll(Map<String, GeoPosition> positions) {
        List<Map.Entry<String, GeoPosition>> all = new ArrayList<>(positions.entrySet());
        long added = 0;
        for (int i = 0; i < all.size(); i += CHUNK) {
            List<Object> arguments = new ArrayList<>();
            for (Map.Entry<String, GeoPosition> entry : all.subList(i, Math.min(all.size(), i + CHUNK))) {
                arguments.add(entry.getValue().longitude());
                arguments.add(entry.getValue().latitude());
                arguments.add(entry.getKey());
            }
            added += calls.execute(ADD.call(key, arguments.toArray()).asRepeatable());
        }
        return added;
    }

    /** Where a member is. */
    public Optional<GeoPosition> position(String member) {
        return Optional.ofNullable(positions(List.of(member)).get(member));
    }

    /** Where those of the members are that are there. */
    public Map<String, GeoPosition> positions(Collection<String> members) {
        List<String> all = List.copyOf(members);
        Map<String, GeoPosition> found = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i += CHUNK) {
            List<String> some = all.subList(i, Math.min(all.size(), i + CHUNK));
            List<@Nullable Object> reply =
                    calls.execute(POSITION.call(key, some.toArray()).asRepeatable());
            for (int j = 0; j < some.size(); j++) {
                if (!"".equals(Reply.text(reply.get(2 * j)))) {
                    found.put(some.get(j), new GeoPosition(number(reply.get(2 * j + 1)), number(reply.get(2 * j))));
                }
            }
        }
        return found;
    }

    /** How far two members are apart; empty if one is not there. */
    public OptionalDouble distance(String member, String other, GeoUnit unit) {
        byte[] distance =
                calls.execute(DISTANCE.call(key, member, other, unit.symbol()).asRepeatable());
        return distance == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(Double.parseDouble(new String(distance, StandardCharsets.US_ASCII)));
    }

    /** The members in an area. */
    public List<GeoMatch> search(GeoSearch search) {
        List<@Nullable Object> reply =
                calls.execute(SEARCH.call(key, search.arguments()).asRepeatable());
        List<GeoMatch> matches = new ArrayList<>();
        for (int i = 0; i < reply.size(); i += 4) {
            matches.add(new GeoMatch(
                    Objects.requireNonNull(Reply.text(reply.get(i))),
                    number(reply.get(i + 1)),
                    new GeoPosition(number(reply.get(i + 3)), number(reply.get(i + 2)))));
        }
        return matches;
    }

    /** Takes members out; returns how many were there. */
    public long remove(Collection<String> members) {
        List<String> all = List.copyOf(members);
        long removed = 0;
        for (int i = 0; i < all.size(); i += CHUNK) {
            removed += calls.execute(REMOVE.call(
                            key, all.subList(i, Math.min(all.size(), i + CHUNK)).toArray())
                    .asRepeatable());
        }
        return removed;
    }

    /** How many members there are. */
    public long size() {
        return calls.execute(SIZE.call(key).asRepeatable());
    }

    /** Takes all members out. */
    public void clear() {
        calls.execute(UNLINK.call(key).asRepeatable());
    }

    private static double number(@Nullable Object element) {
        return Double.parseDouble(Objects.requireNonNull(Reply.text(element)));
    }
}
