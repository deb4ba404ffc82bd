package io.redisstate.sample.catalogue;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The products in the database of record. To look one up takes as long as a query that deserves a cache. */
@Repository
class ProductRepository {

    static final Duration SLOW = Duration.ofMillis(300);

    private final JdbcClient database;
    private final AtomicInteger queries = new AtomicInteger();

    ProductRepository(JdbcClient database) {
        this.database = database;
    }

    Optional<Product> find(String id) {
        queries.incrementAndGet();
        LockSupport.parkNanos(SLOW.toNanos());
        return database.sql("select id, name, description, price from product where id = :id")
                .param("id", id)
                .query(Product.class)
                .optional();
    }

    /** How many slow queries this instance has made. */
    int queries() {
        return queries.get();
    }

    List<Product> all() {
        return database.sql("select id, name, description, price from product order by name")
                .query((row, n) -> new Product(
                        row.getString("id"),
                        row.getString("name"),
                        row.getString("description"),
                        row.getBigDecimal("price")))
                .list();
    }

    boolean setPrice(String id, BigDecimal price) {
        return database.sql("update product set price = :price where id = :id")
                        .param("price", price)
                        .param("id", id)
                        .update()
                == 1;
    }
}
