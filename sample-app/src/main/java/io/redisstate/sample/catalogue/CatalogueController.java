package io.redisstate.sample.catalogue;

import io.redisstate.cache.CacheSource;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.server.ResponseStatusException;

/** The pages of the catalogue, which say where their product came from and how long that took. */
@Controller
class CatalogueController {

    /** The header that says the same. */
    static final String SOURCE = "X-Cache-Source";

    private static final BigDecimal DEAREST = new BigDecimal("100000");

    private final Catalogue catalogue;
    private final ProductRepository products;
    private final Sources sources;
    private final Stampede stampede;

    CatalogueController(Catalogue catalogue, ProductRepository products, Sources sources, Stampede stampede) {
        this.catalogue = catalogue;
        this.products = products;
        this.sources = sources;
        this.stampede = stampede;
    }

    /**
     * A product as it was found.
     *
     * @param source where it came from
     * @param millis how long that took
     */
    record Answer(Product product, CacheSource source, double millis) {

        public String time() {
            return String.format(Locale.ROOT, "%.2f", millis);
        }
    }

    @GetMapping("/catalogue")
    String page(Model model) {
        model.addAttribute("products", products.all());
        return "catalogue";
    }

    @GetMapping("/catalogue/{id}")
    String page(@PathVariable String id, Model model) {
        model.addAttribute("answer", look(id));
        model.addAttribute("visitors", Stampede.VISITORS);
        model.addAttribute("query", ProductRepository.SLOW.toMillis());
        return "product";
    }

    @GetMapping("/api/catalogue/{id}")
    ResponseEntity<Answer> product(@PathVariable String id) {
        Answer answer = look(id);
        return ResponseEntity.ok().header(SOURCE, answer.source().name()).body(answer);
    }

    private Answer look(String id) {
        long begun = System.nanoTime();
        Product product = catalogue.product(id).orElse(null);
        long nanos = System.nanoTime() - begun;
        CacheSource source = sources.take();
        if (product == null) {
            throw notFound(id);
        }
        return new Answer(product, source, nanos / 1e6);
    }

    private static ResponseStatusException notFound(String id) {
        return new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no product '" + id + "'");
    }

    @PostMapping("/api/catalogue/{id}/price")
    @ResponseBody
    Map<String, BigDecimal> price(@PathVariable String id, @RequestParam BigDecimal price) {
        if (price.signum() < 0 || price.compareTo(DEAREST) > 0 || price.scale() > 2) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "A price is from 0 to 100000, in cents");
        }
        if (!catalogue.changePrice(id, price)) {
            throw notFound(id);
        }
        return Map.of("price", price);
    }

    @PostMapping("/api/catalogue/{id}/stampede")
    @ResponseBody
    Stampede.Outcome stampede(@PathVariable String id) {
        if (products.all().stream().noneMatch(product -> product.id().equals(id))) {
            throw notFound(id);
        }
        return stampede.on(id);
    }
}
