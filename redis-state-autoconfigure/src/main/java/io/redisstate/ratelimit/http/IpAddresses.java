package io.redisstate.ratelimit.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads addresses that a header or a configuration gave as text; a name is never looked up. */
final class IpAddresses {

    private static final Pattern IPV4 = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final Pattern IPV6_CHARACTERS = Pattern.compile("[0-9a-fA-F:.]{2,45}");
    private static final Pattern BRACKETED = Pattern.compile("\\[([^\\]]+)](?::[^:]*)?");
    private static final Pattern IPV4_WITH_PORT = Pattern.compile("([0-9.]+):[^:]*");

    private IpAddresses() {}

    /** The address of a literal; of an IPv6 literal, a zone ({@code %eth0}) is dropped. Empty if it is none. */
    static Optional<InetAddress> literal(String text) {
        Matcher ipv4 = IPV4.matcher(text);
        if (ipv4.matches()) {
            return ipv4(ipv4);
        }
        int zone = text.indexOf('%');
        String plain = zone < 0 ? text : text.substring(0, zone);
        // With a colon in it, getByName reads a literal or fails: it asks no name server.
        if (plain.indexOf(':') < 0 || !IPV6_CHARACTERS.matcher(plain).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(plain));
        } catch (UnknownHostException ex) {
            return Optional.empty();
        }
    }

    /** As {@link #literal(String)}, of a node in a forwarding header: {@code 192.0.2.1:4711}, {@code [2001:db8::1]:4711}. */
    static Optional<InetAddress> node(String text) {
        Matcher bracketed = BRACKETED.matcher(text);
        if (bracketed.matches()) {
            return literal(bracketed.group(1));
        }
        Matcher withPort = IPV4_WITH_PORT.matcher(text);
        return literal(withPort.matches() ? withPort.group(1) : text);
    }

    /** An IPv4 address as it is; of an IPv6 address the network, as {@code 2001:db8:0:0:0:0:0:0/64}. */
    static String subject(InetAddress address, int ipv6Prefix) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        return network(address, ipv6Prefix).getHostAddress() + '/' + ipv6Prefix;
    }

    static InetAddress network(InetAddress address, int prefix) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.max(0, Math.min(8, prefix - i * 8));
            bytes[i] = (byte) (bytes[i] & (0xff << (8 - kept)));
        }
        return ofBytes(bytes);
    }

    private static Optional<InetAddress> ipv4(Matcher octets) {
        byte[] bytes = new byte[4];
        for (int i = 0; i < 4; i++) {
            int octet = Integer.parseInt(octets.group(i + 1));
            if (octet > 255) {
                return Optional.empty();
            }
            bytes[i] = (byte) octet;
        }
        return Optional.of(ofBytes(bytes));
    }

    private static InetAddress ofBytes(byte[] bytes) {
        try {
            // Without host names or zones: two spellings of one address give one subject.
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException ex) {
            throw new IllegalStateException("An address has 4 or 16 bytes, not " + bytes.length, ex);
        }
    }
}
