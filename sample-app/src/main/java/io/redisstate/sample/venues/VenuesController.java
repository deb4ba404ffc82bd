package io.redisstate.sample.venues;

import io.redisstate.structure.index.GeoMatch;
import io.redisstate.structure.index.GeoPosition;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.server.ResponseStatusException;

/** The map and what a click on it does. */
@Controller
class VenuesController {

    private static final int NEAREST = 3;

    private final Venues venues;
    private final VenueViews views;

    VenuesController(Venues venues, VenueViews views) {
        this.venues = venues;
        this.views = views;
    }

    /** A dot on the map. */
    record Dot(String id, String city, long x, long y, long views) {}

    /** A venue and how far it is. */
    record Near(String id, long kilometres) {}

    @GetMapping("/venues")
    String page(Model model) {
        Map<String, Long> counts = views.counts();
        model.addAttribute(
                "dots",
                venues.all().stream()
                        .map(venue -> new Dot(
                                venue.id(), venue.city(), venue.x(), venue.y(), counts.getOrDefault(venue.id(), 0L)))
                        .toList());
        return "venues";
    }

    @GetMapping("/api/venues/nearest")
    @ResponseBody
    List<Near> nearest(@RequestParam double latitude, @RequestParam double longitude) {
        return venues.nearest(new GeoPosition(latitude, longitude), NEAREST).stream()
                .map(VenuesController::near)
                .toList();
    }

    private static Near near(GeoMatch match) {
        return new Near(match.member(), Math.round(match.distance()));
    }

    @PostMapping("/api/venues/{id}/views")
    @ResponseBody
    Map<String, Long> viewed(@PathVariable String id) {
        if (!venues.has(id)) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no venue '" + id + "'");
        }
        return Map.of("views", views.viewed(id));
    }

    @ExceptionHandler
    @ResponseStatus(HttpStatus.BAD_REQUEST)
    @ResponseBody
    ProblemDetail noPlace(IllegalArgumentException ex) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, ex.getMessage());
    }
}
