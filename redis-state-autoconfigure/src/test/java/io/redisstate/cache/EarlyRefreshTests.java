package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EarlyRefreshTests {

    private static final int COST_MICROS = 1_000_000;
    private static final double COST = COST_MICROS / 1_000.0;

    @Test
    void nothingIsRefreshedWithoutBetaBeforeItsTime() {
        EarlyRefresh never = new EarlyRefresh(0, () -> 0.999_999);
        assertThat(never.isDue(999, 1_000, COST_MICROS)).isFalse();
        assertThat(never.isDue(1_000, 1_000, COST_MICROS)).isTrue();
    }

    @Test
    void theFormulaIsThatOfThePaper() {
        for (double random : new double[] {0, 0.1, 0.5, 0.9, 0.999}) {
            EarlyRefresh rule = new EarlyRefresh(2, () -> random);
            double ahead = -2 * COST * Math.log(1 - random);
            assertThat(rule.isDue(10_000 - ahead + 0.001, 10_000, COST_MICROS)).isTrue();
            assertThat(rule.isDue(10_000 - ahead - 0.001, 10_000, COST_MICROS)).isFalse();
        }
    }

    @Test
    void itIsRefreshedOnePerCostAheadInTheMean() {
        // A single caller at a dense sequence of times: P(still waiting at distance d) = product of 1 - e^(-d/(beta
        // cost)).
        SplittableRandom random = new SplittableRandom(42);
        EarlyRefresh rule = new EarlyRefresh(1, random::nextDouble);
        double share = 0;
        int samples = 200_000;
        for (int i = 0; i < samples; i++) {
            share += rule.isDue(9_000, 10_000, COST_MICROS) ? 1 : 0;
        }
        assertThat(share / samples).isBetween(Math.exp(-1) - 0.01, Math.exp(-1) + 0.01);
    }

    /**
     * The paper's setting: requests come as a Poisson process, each that finds the refresh due recomputes for the time of
     * the cost, without any claim; the stampede is how many recompute the same expiry at the same time.
     */
    @Test
    void simultaneousRecomputationsStaySmallAndHardlyGrowWithTheRate() {
        double rare = meanStampede(100, 1);
        double often = meanStampede(10_000, 1);
        double without = meanStampede(10_000, 0);

        // Theorem 3 of the paper bounds the expectation by a constant of beta; a fixed expiry has rate times cost.
        assertThat(rare).isBetween(1.0, 4.0);
        assertThat(often).isBetween(1.0, 4.0);
        assertThat(without).isGreaterThan(9_000);
    }

    private static double meanStampede(int requestsPerCost, double beta) {
        SplittableRandom random = new SplittableRandom(7);
        EarlyRefresh rule = new EarlyRefresh(beta, random::nextDouble);
        int runs = 200;
        long recomputations = 0;
        for (int run = 0; run < runs; run++) {
            recomputations += stampede(rule, random, requestsPerCost);
        }
        return (double) recomputations / runs;
    }

    /** How many recompute before the first of them is done. */
    private static int stampede(EarlyRefresh rule, SplittableRandom random, int requestsPerCost) {
        double expiry = 60 * COST;
        double now = 0;
        List<Double> begun = new ArrayList<>();
        while (begun.isEmpty() || now < begun.get(0) + COST) {
            now += -Math.log(1 - random.nextDouble()) * COST / requestsPerCost;
            if (rule.isDue(now, expiry, COST_MICROS) && (begun.isEmpty() || now < begun.get(0) + COST)) {
                begun.add(now);
            }
        }
        return begun.size();
    }
}
