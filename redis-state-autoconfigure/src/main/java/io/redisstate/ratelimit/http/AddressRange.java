package io.redisstate.ratelimit.http;

import java.net.InetAddress;

/** The addresses that share a prefix, written as in CIDR (RFC 4632): {@code 10.0.0.0/8}, {@code 2001:db8::/32}. */
record AddressRange(InetAddress network, int prefix) {

    /**
     * Reads a range; an address alone is a range of one.
     *
     * @throws IllegalArgumentException if it is neither
     */
    static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        InetAddress address = IpAddresses.literal(literal.trim()).orElseThrow(() -> invalid(text));
        int bits = address.getAddress().length * 8;
        int prefix = slash < 0 ? bits : prefix(text, text.substring(slash + 1));
        if (prefix < 0 || prefix > bits) {
            throw invalid(text);
        }
        return new AddressRange(IpAddresses.network(address, prefix), prefix);
    }

    boolean contains(InetAddress address) {
        return address.getAddress().length == network.getAddress().length
                && IpAddresses.network(address, prefix).equals(network);
    }

    private static int prefix(String text, String digits) {
        try {
            return Integer.parseInt(digits.trim());
        } catch (NumberFormatException ex) {
            throw invalid(text);
        }
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException("'" + text
                + "' is no address range; allowed is an IPv4 or IPv6 address, or one with a prefix length, such as"
                + " 10.0.0.0/8 or 2001:db8::/32");
    }
}
