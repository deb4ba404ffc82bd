package io.redisstate.ratelimit.http;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

/** A whole answer with an {@code application/problem+json} body, ready for either stack. */
final class RateLimitReply {

    private final HttpStatus status;
    private final long retryAfter;
    private final byte[] body;

    RateLimitReply(HttpStatus status, long retryAfter, byte[] body) {
        this.status = status;
        this.retryAfter = retryAfter;
        this.body = body;
    }

    HttpStatus status() {
        return status;
    }

    byte[] body() {
        return body;
    }

    HttpHeaders headers() {
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.RETRY_AFTER, Long.toString(retryAfter));
        headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        headers.setContentLength(body.length);
        headers.setCacheControl("no-store");
        return headers;
    }
}
