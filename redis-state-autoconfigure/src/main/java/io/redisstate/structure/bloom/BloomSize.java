package io.redisstate.structure.bloom;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * How large a filter is, and which of its bits belong to an element.
 *
 * @param bits how many there are
 * @param hashes how many an element has
 */
record BloomSize(long bits, int hashes) {

    /** As many as a Redis string has. */
    private static final long MOST_BITS = 1L << 32;

    private static final double LN2 = Math.log(2);

    /** The least that keeps the rate of false positives with the expected number of elements. */
    static BloomSize of(long elements, double rate) {
        if (elements < 1) {
            throw new IllegalArgumentException("A filter is for " + elements + " elements; allowed is 1 or more");
        }
        if (!(rate > 0 && rate < 1)) {
            throw new IllegalArgumentException(
                    "The rate of false positives is " + rate + "; allowed is between 0 and 1, such as 0.01");
        }
        double bits = Math.ceil(-elements * Math.log(rate) / (LN2 * LN2));
        if (bits > MOST_BITS) {
            throw new IllegalArgumentException("A filter for " + elements + " elements at a rate of " + rate + " has "
                    + (long) bits + " bits; Redis keeps " + MOST_BITS);
        }
        long size = Math.max(64, (long) bits);
        return new BloomSize(size, Math.max(1, (int) Math.round(LN2 * size / elements)));
    }

    /** Adds the positions of an element's bits. */
    void positions(byte[] element, List<Object> to) {
        ByteBuffer sum = ByteBuffer.wrap(sha256(element));
        long hash = sum.getLong();
        // Odd, so that it is never 0, which would give one position only.
        long step = sum.getLong() | 1;
        for (int i = 0; i < hashes; i++) {
            to.add(Long.remainderUnsigned(hash, bits));
            hash += step;
        }
    }

    /** About how many elements there are if so many bits are set. */
    long elements(long set) {
        if (set >= bits) {
            return Long.MAX_VALUE;
        }
        return Math.round(-(double) bits / hashes * Math.log1p(-(double) set / bits));
    }

    /** How likely an element that was not added is found if so many bits are set. */
    double falsePositives(long set) {
        return Math.pow((double) set / bits, hashes);
    }

    @Override
    public String toString() {
        return bits + ":" + hashes;
    }

    private static byte[] sha256(byte[] element) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(element);
        } catch (NoSuchAlgorithmException ex) {
            throw new IllegalStateException("Every Java platform has SHA-256", ex);
        }
    }
}
