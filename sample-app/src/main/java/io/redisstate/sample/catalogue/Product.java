package io.redisstate.sample.catalogue;

import java.math.BigDecimal;

/** What the shop sells besides seats. */
public record Product(String id, String name, String description, BigDecimal price) {}
