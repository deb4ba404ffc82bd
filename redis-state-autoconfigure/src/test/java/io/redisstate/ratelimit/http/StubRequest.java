package io.redisstate.ratelimit.http;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.server.PathContainer;

/** A request made of what a test says. */
final class StubRequest implements RequestFacts {

    private final String method;
    private final String path;
    private final Map<String, List<String>> headers = new HashMap<>();
    private String principal = "";
    private String peer = "192.0.2.1";

    private StubRequest(String method, String path) {
        this.method = method;
        this.path = path;
    }

    static StubRequest get(String path) {
        return new StubRequest("GET", path);
    }

    static StubRequest post(String path) {
        return new StubRequest("POST", path);
    }

    StubRequest header(String name, String value) {
        headers.computeIfAbsent(name.toLowerCase(Locale.ROOT), unused -> new ArrayList<>())
                .add(value);
        return this;
    }

    StubRequest user(String name) {
        principal = name;
        return this;
    }

    StubRequest from(String address) {
        peer = address;
        return this;
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public PathContainer path() {
        return PathContainer.parsePath(path);
    }

    @Override
    public List<String> headers(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    }

    @Override
    public Optional<String> principal() {
        return Optional.of(principal).filter(name -> !name.isEmpty());
    }

    @Override
    public Optional<InetAddress> peer() {
        return IpAddresses.literal(peer);
    }
}
