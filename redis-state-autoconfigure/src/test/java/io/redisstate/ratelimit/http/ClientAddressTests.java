package io.redisstate.ratelimit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientAddressTests {

    private static final String PROXY = "10.0.0.1";

    private final ClientAddress forwardedFor = trusting(ForwardedHeader.X_FORWARDED_FOR);
    private final ClientAddress forwarded = trusting(ForwardedHeader.FORWARDED);

    @Test
    void headerOfUntrustedPeerIsIgnored() {
        assertThat(client(
                        forwardedFor,
                        StubRequest.get("/").from("203.0.113.9").header("X-Forwarded-For", "198.51.100.1")))
                .isEqualTo("203.0.113.9");
    }

    @Test
    void headerIsIgnoredWithoutTrustedProxies() {
        ClientAddress nobody = new ClientAddress(List.of(), ForwardedHeader.X_FORWARDED_FOR);
        assertThat(client(nobody, StubRequest.get("/").from(PROXY).header("X-Forwarded-For", "198.51.100.1")))
                .isEqualTo(PROXY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "198.51.100.7 | 198.51.100.7",
                "198.51.100.7:5555 | 198.51.100.7",
                "1.1.1.1, 198.51.100.7 | 198.51.100.7", // the client wrote 1.1.1.1
                "198.51.100.7, 10.0.0.2, 10.9.9.9 | 198.51.100.7",
                "10.0.0.3, 10.0.0.2 | 10.0.0.3", // all trusted: the farthest
                "198.51.100.7, unknown, 10.0.0.2 | 10.0.0.2", // 10.0.0.2 did not know
                "198.51.100.7, | 10.0.0.1",
                "evil.example, 10.0.0.2 | 10.0.0.2",
                "999.1.1.1 | 10.0.0.1",
                "2001:db8:0:0:0:0:0:1 | 2001:db8:0:0:0:0:0:1",
                "[2001:db8::1]:443 | 2001:db8:0:0:0:0:0:1",
                "198.51.100.7, fd00:1::5 | 198.51.100.7",
                "::ffff:198.51.100.7 | 198.51.100.7",
            })
    void forwardedForIsWalkedFromTheRight(String header, String client) {
        assertThat(client(forwardedFor, StubRequest.get("/").from(PROXY).header("X-Forwarded-For", header)))
                .isEqualTo(client);
    }

    @Test
    void headerLinesAreOneList() {
        StubRequest request = StubRequest.get("/")
                .from(PROXY)
                .header("X-Forwarded-For", "1.1.1.1, 198.51.100.7")
                .header("x-forwarded-for", "10.0.0.2");
        assertThat(client(forwardedFor, request)).isEqualTo("198.51.100.7");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0000',
            value = {
                "for=198.51.100.7 | 198.51.100.7",
                "For=\"198.51.100.7:4711\";proto=https;by=10.0.0.1 | 198.51.100.7",
                "for=1.1.1.1, for=198.51.100.7;proto=http , proto=https;for=10.0.0.2 | 198.51.100.7",
                "for=\"[2001:db8:cafe::17]:4711\" | 2001:db8:cafe:0:0:0:0:17",
                "for=198.51.100.7, for=_hidden | 10.0.0.1",
                "for=198.51.100.7, for=unknown;by=x, for=10.0.0.2 | 10.0.0.2",
                "for=198.51.100.7, proto=https | 10.0.0.1",
                "for=\"x, for=1.1.1.1\", for=198.51.100.7 | 198.51.100.7",
                "for=1.1.1.1, for=\"198.51.100.7 | 10.0.0.1", // the quote never ends
            })
    void forwardedIsWalkedFromTheRight(String header, String client) {
        assertThat(client(forwarded, StubRequest.get("/").from(PROXY).header("Forwarded", header)))
                .isEqualTo(client);
    }

    @Test
    void onlyTheConfiguredHeaderIsRead() {
        StubRequest request = StubRequest.get("/").from(PROXY).header("Forwarded", "for=1.1.1.1");
        assertThat(client(forwardedFor, request)).isEqualTo(PROXY);
        assertThat(client(forwarded, StubRequest.get("/").from(PROXY).header("X-Forwarded-For", "1.1.1.1")))
                .isEqualTo(PROXY);
    }

    @Test
    void ipv6ClientIsItsNetwork() {
        String one =
                IpAddresses.subject(IpAddresses.literal("2001:db8:1:2:3::4").orElseThrow(), 64);
        String other = IpAddresses.subject(
                IpAddresses.literal("2001:db8:1:2:ffff::1%eth0").orElseThrow(), 64);
        String neighbour =
                IpAddresses.subject(IpAddresses.literal("2001:db8:1:3::4").orElseThrow(), 64);
        assertThat(one).isEqualTo(other).isEqualTo("2001:db8:1:2:0:0:0:0/64").isNotEqualTo(neighbour);
        assertThat(IpAddresses.subject(IpAddresses.literal("2001:db8:1:2:3::4").orElseThrow(), 128))
                .isEqualTo("2001:db8:1:2:3:0:0:4/128");
        assertThat(IpAddresses.subject(IpAddresses.literal("192.0.2.1").orElseThrow(), 64))
                .isEqualTo("192.0.2.1");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.1.2.3/8, 10.9.9.9, true",
        "0.0.0.0/0, 203.0.113.9, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "192.0.2.128/25, 192.0.2.127, false",
        "192.0.2.128/25, 192.0.2.129, true",
        "192.0.2.1, 192.0.2.1, true",
        "192.0.2.1, 192.0.2.2, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "::1, ::1, true",
    })
    void rangeContainsWhatSharesItsPrefix(String range, String address, boolean contained) {
        assertThat(AddressRange.parse(range)
                        .contains(IpAddresses.literal(address).orElseThrow()))
                .isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "proxy.example", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "10.0.0", "::1/129", "1:2"})
    void anythingElseIsNoRange(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AddressRange.parse(text))
                .withMessageContaining("'" + text + "'")
                .withMessageContaining("10.0.0.0/8");
    }

    private static ClientAddress trusting(ForwardedHeader header) {
        List<AddressRange> ranges =
                Stream.of("10.0.0.0/8", "fd00::/8").map(AddressRange::parse).toList();
        return new ClientAddress(ranges, header);
    }

    private static String client(ClientAddress addresses, StubRequest request) {
        return addresses.of(request).orElseThrow().getHostAddress();
    }
}
