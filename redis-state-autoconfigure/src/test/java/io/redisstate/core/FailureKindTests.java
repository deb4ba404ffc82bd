package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.RedisSystemException;
import org.springframework.data.redis.connection.PoolException;
import redis.clients.jedis.exceptions.JedisClusterOperationException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

class FailureKindTests {

    static Stream<Throwable> notSent() {
        JedisConnectionException refused = new JedisConnectionException("Failed to connect to localhost:1.");
        refused.addSuppressed(new ConnectException("Connection refused"));
        return Stream.of(
                new RedisConnectionFailureException("down", refused),
                new InvalidDataAccessApiUsageException(
                        "pool", new JedisException("Could not get a resource from the pool")),
                new PoolException("no connection"),
                new RedisUnavailableException("open", null));
    }

    static Stream<Throwable> unknown() {
        JedisClusterOperationException attempts = new JedisClusterOperationException("No more cluster attempts left.");
        attempts.addSuppressed(new ConnectException("Connection refused"));
        return Stream.of(
                new RedisConnectionFailureException("lost", new JedisConnectionException("Unexpected end of stream")),
                new QueryTimeoutException("Redis command timed out"),
                new RedisSystemException("interrupted", new RedisCommandInterruptedException()),
                new InvalidDataAccessApiUsageException("attempts", attempts));
    }

    @ParameterizedTest
    @MethodSource
    void notSent(Throwable failure) {
        assertThat(FailureKind.of(failure)).isEqualTo(FailureKind.NOT_EXECUTED);
    }

    @ParameterizedTest
    @MethodSource
    void unknown(Throwable failure) {
        assertThat(FailureKind.of(failure)).isEqualTo(FailureKind.OUTCOME_UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LOADING Redis is loading the dataset in memory",
                "READONLY You can't write against a read only replica.",
                "CLUSTERDOWN The cluster is down",
                "BUSY Redis is busy running a script"
            })
    void aServerThatCannotServeNowDidNotExecuteTheCall(String reply) {
        assertThat(FailureKind.of(new InvalidDataAccessApiUsageException(reply, new JedisDataException(reply))))
                .isEqualTo(FailureKind.NOT_EXECUTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "OOM command not allowed when used memory > 'maxmemory'.",
                "NOPERM this user has no permissions",
                "ERR wrong number of arguments",
                "WRONGTYPE Operation against a key"
            })
    void anErrorReplyIsARefusal(String reply) {
        assertThat(FailureKind.of(new InvalidDataAccessApiUsageException(reply, new JedisDataException(reply))))
                .isEqualTo(FailureKind.REFUSED);
    }

    @Test
    void aCycleOfCausesEnds() {
        RuntimeException outer = new IllegalStateException("outer");
        RuntimeException inner = new IllegalStateException("inner", outer);
        outer.initCause(inner);

        assertThat(FailureKind.of(outer)).isEqualTo(FailureKind.REFUSED);
    }

    /** Named as Lettuce's, which is recognised by its simple name since Lettuce is optional. */
    private static final class RedisCommandInterruptedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
