package io.redisstate.structure.index;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.OptimisticLockingFailureException;

/**
 * Items and their tags: which items have all, any or none of some tags, and how many.
 *
 * <p>A query is one script and one round trip, and sees all changes or none of each; it takes the server time for each item
 * of its rarest {@code all} tag, so a query without one looks at many. A change is two round trips, more if another process
 * changes the same item meanwhile. All keys of an index are in one cluster slot: a set for each tag and each item, one of
 * all items, and a sorted set of counts. Thread-safe.
 *
 * @since 0.1
 */
public final class TagIndex {

    private static final Script<Long> REPLACE = Script.load(TagIndex.class, "tags-replace", Reply.LONG);
    private static final Script<List<@Nullable Object>> FIND = Script.load(TagIndex.class, "tags-find", Reply.LIST);
    private static final Script<List<@Nullable Object>> MEMBERS = Script.command("SMEMBERS", Reply.LIST);
    private static final Script<List<@Nullable Object>> COUNTS = Script.load(TagIndex.class, "tags-count", Reply.LIST);
    private static final int ATTEMPTS = 50;

    private final CallExecutor calls;
    private final KeySpace keys;
    private final String name;

    /**
     * An index.
     *
     * @param keys what its keys are built from
     */
    public TagIndex(CallExecutor calls, KeySpace keys, String name) {
        this.calls = calls;
        this.keys = keys;
        this.name = name;
    }

    /** Gives an item tags beside those it has; returns what it has then. */
    public Set<String> add(String item, Collection<String> tags) {
        return change(item, present -> {
            present.addAll(tags);
            return present;
        });
    }

    /** Takes tags from an item; returns what it has left. */
    public Set<String> remove(String item, Collection<String> tags) {
        return change(item, present -> {
            present.removeAll(Set.copyOf(tags));
            return present;
        });
    }

    /** Gives an item these tags and no others. */
    public void replace(String item, Collection<String> tags) {
        change(item, present -> new HashSet<>(tags));
    }

    /** Takes an item out of the index. */
    public void remove(String item) {
        change(item, present -> new HashSet<>());
    }

    /** The tags of an item. */
    public Set<String> tagsOf(String item) {
        Set<String> tags = new HashSet<>();
        calls.execute(MEMBERS.call(List.of(itemKey(item))).asRepeatable())
                .forEach(tag -> tags.add(Objects.requireNonNull(Reply.text(tag))));
        return tags;
    }

    /**
     * Items that a query wants, in no certain order.
     *
     * @param limit how many at most, from 1
     */
    public Set<String> find(TagQuery query, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("Asked for " + limit + " items; allowed is 1 or more");
        }
        Set<String> items = new LinkedHashSet<>();
        List<@Nullable Object> reply = ask(query, limit);
        reply.subList(1, reply.size()).forEach(item -> items.add(Objects.requireNonNull(Reply.text(item))));
        return items;
    }

    /** How many items a query wants. */
    public long count(TagQuery query) {
        return (Long) Objects.requireNonNull(ask(query, 0).get(0));
    }

    /** The tags that most items have, and how many that are, the most first. */
    public Map<String, Long> mostUsed(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("Asked for " + count + " tags; allowed is 1 or more");
        }
        List<@Nullable Object> reply = calls.execute(
                COUNTS.call(List.of(keys.key(name, "counts")), count - 1).asRepeatable());
        Map<String, Long> counts = new LinkedHashMap<>();
        for (int i = 0; i < reply.size(); i += 2) {
            counts.put(
                    Objects.requireNonNull(Reply.text(reply.get(i))),
                    Long.parseLong(Objects.requireNonNull(Reply.text(reply.get(i + 1)))));
        }
        return counts;
    }

    private List<@Nullable Object> ask(TagQuery query, int limit) {
        List<String> names = new ArrayList<>(List.of(keys.key(name)));
        query.allOf().forEach(tag -> names.add(tagKey(tag)));
        query.anyOf().forEach(tag -> names.add(tagKey(tag)));
        query.noneOf().forEach(tag -> names.add(tagKey(tag)));
        return calls.execute(
                FIND.call(names, query.allOf().size(), query.anyOf().size(), limit)
                        .asRepeatable());
    }

    private Set<String> change(String item, UnaryOperator<Set<String>> change) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Set<String> before = tagsOf(item);
            Set<String> after = change.apply(new HashSet<>(before));
            if (after.equals(before) || replaced(item, before, after)) {
                return after;
            }
        }
        throw new OptimisticLockingFailureException(
                "The tags of '" + item + "' in index '" + name + "' changed during each of " + ATTEMPTS + " attempts");
    }

    private boolean replaced(String item, Set<String> before, Set<String> after) {
        List<String> changed = new ArrayList<>(after);
        changed.removeAll(before);
        int added = changed.size();
        before.stream().filter(tag -> !after.contains(tag)).forEach(changed::add);
        List<String> names = new ArrayList<>(List.of(keys.key(name), keys.key(name, "counts"), itemKey(item)));
        changed.forEach(tag -> names.add(tagKey(tag)));
        List<Object> arguments = new ArrayList<>(List.of(item, added, before.size()));
        arguments.addAll(before);
        arguments.addAll(changed);
        // Not sent again: if the first was run, the second would find other tags and be refused.
        return calls.execute(REPLACE.call(names, arguments.toArray())) == 1;
    }

    private String tagKey(String tag) {
        return keys.key(name, "tag:" + tag);
    }

    private String itemKey(String item) {
        return keys.key(name, "item:" + item);
    }
}
