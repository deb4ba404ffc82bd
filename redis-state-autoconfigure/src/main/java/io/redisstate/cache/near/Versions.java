package io.redisstate.cache.near;

import io.redisstate.cache.entry.Entry;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The versions of caches and tags. They are known locally while changes of them are being told by the server
 * ({@link #trust()}); otherwise each lookup reads them along with the entry. Thread-safe.
 */
public final class Versions {

    private static final Script<byte @Nullable []> GET = Script.command("GET", Reply.BYTES);
    private static final Script<Long> COUNT_INVALIDATION =
            Script.load(Versions.class, "count-invalidation", Reply.LONG);
    private static final Script<Long> VERSION = Script.load(Versions.class, "version", Reply.LONG);
    private static final Script<Long> NEW_VERSION = Script.load(Versions.class, "new-version", Reply.LONG);
    private static final int MOST_TAGS = 50_000;

    private final CallExecutor calls;
    private final BooleanSupplier cluster;
    private final String invalidations;
    private final KeySpace cacheKeys;
    private final KeySpace tagKeys;
    private final String cacheRoot;
    private final String tagRoot;
    private final Map<String, Cell> cells = new ConcurrentHashMap<>();
    private volatile boolean trusted;

    public Versions(CallExecutor calls, String keyPrefix, BooleanSupplier cluster) {
        this.calls = calls;
        this.cluster = cluster;
        this.invalidations = KeySpace.of(keyPrefix, "cache-tags").key("invalidations");
        this.cacheKeys = KeySpace.of(keyPrefix, "cache-version");
        this.tagKeys = KeySpace.of(keyPrefix, "cache-tag");
        this.cacheRoot = root(cacheKeys);
        this.tagRoot = root(tagKeys);
    }

    /** What the keys start with whose changes must be told. */
    public List<String> prefixes() {
        return List.of(cacheRoot, tagRoot);
    }

    private static String root(KeySpace keys) {
        String any = keys.key("a");
        return any.substring(0, any.indexOf('{') + 1);
    }

    public Cell ofCache(String name) {
        return cell(cacheKeys.key(name));
    }

    public Cell ofTag(String tag) {
        if (cells.size() > MOST_TAGS) {
            // Forgetting only costs a read.
            cells.values().removeIf(cell -> cell.key.startsWith(tagRoot));
        }
        return cell(tagKeys.key(tag));
    }

    private Cell cell(String key) {
        return cells.computeIfAbsent(key, Cell::new);
    }

    /** One version. */
    public final class Cell {

        private final String key;
        private long changes;
        private volatile long known;

        Cell(String key) {
            this.key = key;
        }

        /** The version if it is known locally, else 0. */
        public long known() {
            return trusted ? known : 0;
        }

        public ScriptCall<byte @Nullable []> get() {
            return GET.call(List.of(key)).asRepeatable();
        }

        public synchronized long changes() {
            return changes;
        }

        /** Notes a version that was asked for after {@link #changes()} gave {@code since}. */
        public synchronized void learn(long version, long since) {
            if (trusted && changes == since) {
                known = version;
            }
        }

        public synchronized void changed() {
            changes++;
            known = 0;
        }

        /** The version, made if there is none; 0 round trips if known, else 1. */
        public long current(Duration atLeast) {
            long version = known();
            return version == 0 ? ask(VERSION, atLeast) : version;
        }

        /** Invalidates everything of before; 1 round trip, for a tag on a cluster 2. */
        public void renew(Duration atLeast) {
            changed();
            try {
                if (!key.startsWith(tagRoot)) {
                    ask(NEW_VERSION, atLeast);
                    return;
                }
                // Told first: who sees the tag's new version must see that there was an invalidation.
                ScriptCall<Long> told = COUNT_INVALIDATION.call(List.of(invalidations));
                if (cluster.getAsBoolean()) {
                    calls.execute(told);
                    calls.execute(renewal(atLeast));
                } else {
                    calls.executeAll(List.of(told, renewal(atLeast))).forEach(CallExecutor.Outcome::get);
                }
            } finally {
                changed();
            }
        }

        private ScriptCall<Long> renewal(Duration atLeast) {
            return NEW_VERSION.call(List.of(key), atLeast.toMillis()).asRepeatable();
        }

        private long ask(Script<Long> script, Duration atLeast) {
            long since = changes();
            long version =
                    calls.execute(script.call(List.of(key), atLeast.toMillis()).asRepeatable());
            learn(version, since);
            return version;
        }
    }

    /** How often any tag was invalidated; 1 round trip. */
    public long invalidations() {
        return parse(calls.execute(GET.call(List.of(invalidations)).asRepeatable()));
    }

    /** The version in a reply of {@link Cell#get()}; 0 if there is none. */
    public static long parse(byte @Nullable [] reply) {
        return reply == null ? 0 : Long.parseLong(new String(reply, StandardCharsets.US_ASCII));
    }

    /** The current versions of tags, made where missing; at most 1 round trip. */
    public List<Entry.TagVersion> ofTags(Collection<String> tags, Duration atLeast) {
        List<Cell> ask = new ArrayList<>();
        List<Long> since = new ArrayList<>();
        List<ScriptCall<Long>> questions = new ArrayList<>();
        for (String tag : tags) {
            Cell cell = ofTag(tag);
            // Asked even when known: its life must cover the entry's.
            ask.add(cell);
            since.add(cell.changes());
            questions.add(VERSION.call(List.of(cell.key), atLeast.toMillis()).asRepeatable());
        }
        List<CallExecutor.Outcome<Long>> answers = calls.executeAll(questions);
        List<Entry.TagVersion> versions = new ArrayList<>();
        int next = 0;
        for (String tag : tags) {
            long version = answers.get(next).get();
            ask.get(next).learn(version, since.get(next));
            versions.add(new Entry.TagVersion(tag, version));
            next++;
        }
        return versions;
    }

    /** Whether the tags have the given versions still; 0 round trips if all are known, else 1. */
    public boolean areCurrent(List<Entry.TagVersion> tags) {
        List<Entry.TagVersion> unknown = new ArrayList<>();
        for (Entry.TagVersion tag : tags) {
            long known = ofTag(tag.tag()).known();
            if (known == 0) {
                unknown.add(tag);
            } else if (known != tag.version()) {
                return false;
            }
        }
        return unknown.isEmpty() || areCurrentInRedis(unknown);
    }

    private boolean areCurrentInRedis(List<Entry.TagVersion> tags) {
        List<Cell> asked = tags.stream().map(tag -> ofTag(tag.tag())).toList();
        List<Long> since = asked.stream().map(Cell::changes).toList();
        List<CallExecutor.Outcome<byte @Nullable []>> answers =
                calls.executeAll(asked.stream().map(Cell::get).toList());
        boolean current = true;
        for (int i = 0; i < tags.size(); i++) {
            long version = parse(answers.get(i).get());
            if (version != 0) {
                asked.get(i).learn(version, since.get(i));
            }
            current &= version == tags.get(i).version();
        }
        return current;
    }

    /** Whether all tags are known locally and have the given versions. */
    public boolean areKnownCurrent(List<Entry.TagVersion> tags) {
        for (Entry.TagVersion tag : tags) {
            if (ofTag(tag.tag()).known() != tag.version()) {
                return false;
            }
        }
        return true;
    }

    /** Whether one of the tags is known locally to have another version than given. */
    public boolean isAnyKnownChanged(List<Entry.TagVersion> tags) {
        for (Entry.TagVersion tag : tags) {
            long known = ofTag(tag.tag()).known();
            if (known != 0 && known != tag.version()) {
                return true;
            }
        }
        return false;
    }

    /** From now on the server tells of each change. */
    public void trust() {
        cells.values().forEach(Cell::changed);
        trusted = true;
    }

    /** From now on it does not. */
    public void distrust() {
        trusted = false;
        cells.values().forEach(Cell::changed);
    }

    /** The server tells that a key has changed. */
    public void changed(String key) {
        Cell cell = cells.get(key);
        if (cell != null) {
            cell.changed();
        }
    }
}
