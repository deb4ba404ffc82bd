package io.redisstate.benchmarks;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.List;

/** What is cached; about 250 bytes of JSON. */
record Product(String id, int version, String name, String description, BigDecimal price, List<String> colours)
        implements Serializable {

    static Product of(String id, int version) {
        return new Product(
                id,
                version,
                "Chair " + id,
                "Made of beech from the neighbourhood, oiled, with a seat of paper cord; sits well for an evening.",
                new BigDecimal("149.90"),
                List.of("natural", "black", "smoke"));
    }
}
