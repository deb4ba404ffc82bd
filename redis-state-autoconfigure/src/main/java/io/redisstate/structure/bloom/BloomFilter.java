package io.redisstate.structure.bloom;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which elements were added, probably: it never says that one was not which was, and says of few that they were which were not.
 *
 * <p>About 1.2 bytes an element at a rate of 1 %, 1.8 at 0.1 %; at most 512 MiB. Its size is fixed by its first element; a
 * process that expects another is refused. Each operation is one round trip, for many elements one for each few hundred. Uses
 * a string of bits and a short one, in one slot; they must not be evicted. Thread-safe.
 *
 * @since 0.1
 */
public final class BloomFilter {

    private static final Script<long[]> ADD = Script.load(BloomFilter.class, "add", Reply.LONGS);
    private static final Script<long[]> TEST = Script.load(BloomFilter.class, "test", Reply.LONGS);
    private static final Script<Long> COUNT = Script.command("BITCOUNT", Reply.LONG);
    private static final Script<Long> UNLINK = Script.command("UNLINK", Reply.LONG);
    private static final int POSITIONS = 4_000;

    private final CallExecutor calls;
    private final List<String> keys;
    private final BloomSize size;
    private final long timeToLiveMillis;

    /**
     * A filter.
     *
     * @param keys what its keys are built from
     * @param expected how many elements will be added, from 1; with more the rate grows
     * @param falsePositives which share of other elements may be found then, between 0 and 1
     * @param timeToLive how long it stays after the last element; null for ever
     */
    public BloomFilter(
            CallExecutor calls,
            KeySpace keys,
            String name,
            long expected,
            double falsePositives,
            @Nullable Duration timeToLive) {
        if (timeToLive != null && timeToLive.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "The time to live of filter '" + name + "' is " + timeToLive + "; allowed is 1 ms or more");
        }
        this.calls = calls;
        this.keys = List.of(keys.key(name), keys.key(name, "size"));
        this.size = BloomSize.of(expected, falsePositives);
        this.timeToLiveMillis = timeToLive == null ? 0 : timeToLive.toMillis();
    }

    /** Adds an element; true if it was certainly not there before. */
    public boolean add(String element) {
        return !addAll(List.of(element)).isEmpty();
    }

    /** Adds elements; returns those that were certainly not there before. */
    public Set<String> addAll(Collection<String> elements) {
        return inPieces(ADD, elements, List.of(size, timeToLiveMillis, size.hashes()));
    }

    /** Whether an element was probably added; false if it certainly was not. */
    public boolean mightContain(String element) {
        return !filter(List.of(element)).isEmpty();
    }

    /** Those of the elements that were probably added. */
    public Set<String> filter(Collection<String> elements) {
        return inPieces(TEST, elements, List.of(size, size.hashes()));
    }

    /** About how many elements were added; looks at all bits. */
    public long approximateCount() {
        return size.elements(bitsSet());
    }

    /** Which share of other elements is found as it is now; looks at all bits. */
    public double falsePositiveRate() {
        return size.falsePositives(bitsSet());
    }

    /** How many bits the filter has. */
    public long bits() {
        return size.bits();
    }

    /** Forgets all elements and the size. */
    public void clear() {
        calls.execute(UNLINK.call(keys).asRepeatable());
    }

    private long bitsSet() {
        return calls.execute(COUNT.call(keys.subList(0, 1)).asRepeatable());
    }

    private Set<String> inPieces(Script<long[]> script, Collection<String> elements, List<Object> settings) {
        List<String> all = List.copyOf(elements);
        int piece = Math.max(1, POSITIONS / size.hashes());
        Set<String> chosen = new LinkedHashSet<>();
        for (int i = 0; i < all.size(); i += piece) {
            List<String> some = all.subList(i, Math.min(all.size(), i + piece));
            List<Object> arguments = new ArrayList<>(settings);
            some.forEach(element -> size.positions(KeySpace.bytes(element), arguments));
            // A repeated addition says of new elements that they were there: the safe side, so it may be sent again.
            long[] answers =
                    calls.execute(script.call(keys, arguments.toArray()).asRepeatable());
            for (int j = 0; j < answers.length; j++) {
                if (answers[j] == 1) {
                    chosen.add(some.get(j));
                }
            }
        }
        return chosen;
    }
}
