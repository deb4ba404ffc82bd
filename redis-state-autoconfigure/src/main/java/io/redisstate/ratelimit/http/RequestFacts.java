package io.redisstate.ratelimit.http;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.springframework.http.server.PathContainer;

/** What the rules want to know of a request, on either stack. */
interface RequestFacts {

    /** In capitals. */
    String method();

    /** Without the context path. */
    PathContainer path();

    /** The values of a field in the order of its lines; the name in any case. */
    List<String> headers(String name);

    /** The name of the authenticated user. */
    Optional<String> principal();

    /** The other end of the connection. */
    Optional<InetAddress> peer();
}
