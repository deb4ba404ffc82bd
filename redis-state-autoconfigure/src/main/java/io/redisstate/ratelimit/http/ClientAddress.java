package io.redisstate.ratelimit.http;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the address a request came from.
 *
 * <p>It is the peer's, unless the peer is a trusted proxy: then the forwarding header is walked from the right, from the
 * entry that the nearest proxy wrote, over those of other trusted proxies, to the first address that is not one. What
 * stands left of that was written by the client and is never looked at. An entry that is no address
 * ({@code unknown}, an obfuscated identifier) ends the walk at the proxy that wrote it.
 *
 * @param trusted the proxies; empty trusts nobody
 * @param header where they say for whom they ask
 */
record ClientAddress(List<AddressRange> trusted, ForwardedHeader header) {

    // One element of a Forwarded field; a comma or semicolon inside a quoted string is no separator.
    private static final Pattern PAIR = Pattern.compile(
            "\\s*([\\w!#$%&'*+.^`|~-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s,;\"]*))\\s*([,;]|$)");

    ClientAddress {
        trusted = List.copyOf(trusted);
    }

    /** The client's address; empty if even the peer's is unknown (a request of a Unix domain socket). */
    Optional<InetAddress> of(RequestFacts request) {
        Optional<InetAddress> peer = request.peer();
        if (peer.isEmpty() || !isTrusted(peer.get())) {
            return peer;
        }
        List<String> hops = hops(request);
        InetAddress nearest = peer.get();
        for (int i = hops.size() - 1; i >= 0; i--) {
            Optional<InetAddress> hop = IpAddresses.node(hops.get(i));
            if (hop.isEmpty()) {
                return Optional.of(nearest);
            }
            nearest = hop.get();
            if (!isTrusted(nearest)) {
                return hop;
            }
        }
        return Optional.of(nearest);
    }

    private boolean isTrusted(InetAddress address) {
        return trusted.stream().anyMatch(range -> range.contains(address));
    }

    /** The entries in the order they were written, whichever way they are spread over several header lines. */
    private List<String> hops(RequestFacts request) {
        List<String> hops = new ArrayList<>();
        for (String line : request.headers(header.field())) {
            if (header == ForwardedHeader.FORWARDED) {
                addForwarded(line, hops);
            } else {
                for (String hop : line.split(",", -1)) {
                    hops.add(hop.trim());
                }
            }
        }
        return hops;
    }

    private static void addForwarded(String line, List<String> hops) {
        Matcher pair = PAIR.matcher(line);
        int end = 0;
        String node = "";
        while (end < line.length() && pair.find(end) && pair.start() == end) {
            if (pair.group(1).equalsIgnoreCase("for")) {
                node = pair.group(2) != null ? pair.group(2).replaceAll("\\\\(.)", "$1") : pair.group(3);
            }
            if (!pair.group(4).equals(";")) {
                hops.add(node);
                node = "";
            }
            end = pair.end();
        }
        if (end < line.length()) {
            // The rest can't be read, so nothing left of it can be trusted to be where it seems to be.
            hops.add("");
        }
    }
}
