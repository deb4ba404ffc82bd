package io.redisstate.benchmarks;

import io.redisstate.stream.Publication;
import io.redisstate.stream.StreamPublisher;
import io.redisstate.stream.Trimming;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.redisson.api.BatchResult;
import org.redisson.api.RBatch;
import org.redisson.api.RFuture;
import org.redisson.api.RStreamAsync;
import org.redisson.api.RedissonClient;
import org.redisson.api.stream.StreamAddArgs;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.client.codec.StringCodec;
import org.springframework.data.redis.connection.RedisStreamCommands.TrimOptions;
import org.springframework.data.redis.connection.RedisStreamCommands.XAddOptions;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.stream.ByteRecord;
import org.springframework.data.redis.connection.stream.RecordId;
import org.springframework.data.redis.connection.stream.StreamRecords;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.XAddParams;

/** A hundred messages of 200 bytes appended together, to a stream of about 10,000. */
final class StreamPublish implements Scenario {

    private static final int BATCH = 100;
    private static final int LENGTH = 10_000;

    @Override
    public String name() {
        return "stream-publish";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        return List.of(bareJedis(target), redisState(target), redisson(target), springDataRedis(target));
    }

    private static Subject bareJedis(Target target) {
        RedisClient jedis = target.jedis();
        XAddParams params = XAddParams.xAddParams().maxLen(LENGTH).approximateTrimming();
        Map<String, String> entry = Map.of("payload", StreamConsume.BODY);
        return Subject.of(Subject.FLOOR, jedis, thread -> {
            try (Pipeline pipeline = jedis.pipelined()) {
                for (int i = 0; i < BATCH; i++) {
                    pipeline.xadd("bench:publish:floor", params, entry);
                }
                pipeline.sync();
            }
        });
    }

    private static Subject redisState(Target target) {
        JedisConnectionFactory connections = target.connections();
        StreamPublisher publisher = StreamPublisher.builder(connections)
                .keyPrefix("bench")
                .trimming(Trimming.maxLength(LENGTH).unsafe())
                .build();
        List<Publication> batch = Collections.nCopies(BATCH, Publication.of(StreamConsume.BODY));
        return Subject.of(Subject.US, connections::destroy, thread -> publisher.publishAll("publish", batch));
    }

    private static Subject redisson(Target target) {
        RedissonClient client = target.redisson();
        return Subject.of("redisson", client::shutdown, thread -> {
            RBatch batch = client.createBatch();
            RStreamAsync<String, String> stream = batch.getStream("bench:publish:redisson", StringCodec.INSTANCE);
            for (int i = 0; i < BATCH; i++) {
                RFuture<StreamMessageId> unused = stream.addAsync(StreamAddArgs.entry("payload", StreamConsume.BODY)
                        .trimNonStrict()
                        .maxLen(LENGTH)
                        .noLimit());
            }
            BatchResult<?> unused = batch.execute();
        });
    }

    private static Subject springDataRedis(Target target) {
        JedisConnectionFactory connections = target.connections();
        StringRedisTemplate template = new StringRedisTemplate(connections);
        ByteRecord entry = StreamRecords.rawBytes(Map.of(
                        "payload".getBytes(StandardCharsets.UTF_8),
                        StreamConsume.BODY.getBytes(StandardCharsets.UTF_8)))
                .withStreamKey("bench:publish:spring".getBytes(StandardCharsets.UTF_8));
        XAddOptions options = XAddOptions.trim(TrimOptions.maxLen(LENGTH).approximate());
        return Subject.of("spring-data-redis", connections::destroy, thread -> {
            List<Object> unused = template.executePipelined((RedisCallback<@Nullable RecordId>) connection -> {
                for (int i = 0; i < BATCH; i++) {
                    RecordId unusedId = connection.streamCommands().xAdd(entry, options);
                }
                return null;
            });
        });
    }
}
