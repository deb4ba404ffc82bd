package io.redisstate.sample.catalogue;

import java.math.BigDecimal;
import java.util.Optional;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Configuration;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** The products, from the cache where that has them. */
@Service
class Catalogue {

    static final String CACHE = "products";

    private final ProductRepository products;

    Catalogue(ProductRepository products) {
        this.products = products;
    }

    @Cacheable(CACHE)
    public Optional<Product> product(String id) {
        return products.find(id);
    }

    /** Evicted after the commit: in all instances nobody reads the earlier price any more. */
    @Transactional
    @CacheEvict(cacheNames = CACHE, key = "#id")
    public boolean changePrice(String id, BigDecimal price) {
        return products.setPrice(id, price);
    }

    /** Switches the annotations on. */
    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caching {}
}
