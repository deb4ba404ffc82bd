package io.redisstate.structure.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.structure.Deployments;
import io.redisstate.structure.RedisStructures;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class FeedIntegrationTests {

    record Post(String author, int number) {}

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final RedisStructures structures =
            RedisStructures.builder(redis.jedis()).keyPrefix(prefix).build();

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void feedsReadAsListsOnAnySchedule(Supplier<RedisConnectionFactory> factory) {
        Random random = new Random(System.nanoTime());
        FeedOptions options = FeedOptions.defaults().withMaxSize(15).withTimeToLive(Duration.ofMinutes(5));
        ActivityFeed<Post> feed = Deployments.structures(factory).feed("model", Post.class, options);
        Map<String, List<String>> model = new LinkedHashMap<>();
        List<String> owners = List.of("ann", "ben {1}", "cid%");
        for (int i = 0; i < 200; i++) {
            String id = "post " + random.nextInt(60);
            Post post = new Post(id, i);
            if (random.nextInt(4) == 0) {
                String owner = owners.get(random.nextInt(3));
                assertThat(feed.remove(owner, id))
                        .isEqualTo(postsOf(model, owner).remove(id));
            } else {
                List<String> some = owners.subList(random.nextInt(2), 3);
                assertThat(feed.fanOut(some, id, post).delivered()).isEqualTo(some.size());
                for (String owner : some) {
                    List<String> posts = postsOf(model, owner);
                    if (!posts.contains(id)) {
                        posts.add(0, id);
                    }
                    if (posts.size() > 15) {
                        posts.remove(15);
                    }
                }
            }
            String owner = owners.get(random.nextInt(3));
            assertThat(feed.size(owner)).isEqualTo(postsOf(model, owner).size());
            assertThat(pages(feed, owner, 1 + random.nextInt(6))).isEqualTo(postsOf(model, owner));
        }
        assertThat(feed.removeFromAll(owners, "post 1")).isEmpty();
        owners.forEach(owner -> assertThat(pages(feed, owner, 5)).doesNotContain("post 1"));
        owners.forEach(feed::clear);
    }

    private static List<String> postsOf(Map<String, List<String>> model, String owner) {
        return model.computeIfAbsent(owner, key -> new ArrayList<>());
    }

    private static List<String> pages(ActivityFeed<Post> feed, String owner, int size) {
        List<String> ids = new ArrayList<>();
        FeedPage<Post> page = feed.page(owner, null, size);
        while (true) {
            page.activities().forEach(activity -> {
                assertThat(activity.content().author()).isEqualTo(activity.id());
                ids.add(activity.id());
            });
            Optional<String> next = page.next();
            if (next.isEmpty()) {
                return ids;
            }
            page = feed.page(owner, next.get(), size);
        }
    }

    @Test
    void pagesStayRightWhileNewActivitiesCome() {
        ActivityFeed<Post> feed = structures.feed("wall", Post.class, FeedOptions.defaults());
        IntStream.range(0, 6).forEach(i -> feed.publish("ann", new Post("ann", i)));
        FeedPage<Post> first = feed.page("ann", null, 3);
        feed.publish("ann", new Post("ann", 99));
        FeedPage<Post> second = feed.page("ann", first.next().orElseThrow(), 3);
        assertThat(second.activities())
                .extracting(activity -> activity.content().number())
                .containsExactly(2, 1, 0);
        assertThat(feed.latest("ann", 1))
                .extracting(activity -> activity.content().number())
                .containsExactly(99);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> feed.page("ann", "x", 3))
                .withMessageContaining("'x' is no cursor");
        feed.clear("ann");
        assertThat(redis.keys(prefix)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void anActivityReachesAllFollowersInPipelines(Supplier<RedisConnectionFactory> factory) {
        ActivityFeed<Post> feed = Deployments.structures(factory)
                .feed("home", Post.class, FeedOptions.defaults().withTimeToLive(Duration.ofMinutes(5)));
        List<String> followers =
                IntStream.range(0, 1_200).mapToObj(i -> "follower " + i).toList();
        FanOut result = feed.fanOut(followers, "id", new Post("ann", 1));
        FanOut again = feed.fanOut(followers, "id", new Post("ann", 2));
        assertThat(result.delivered()).isEqualTo(1_200);
        assertThat(again.failed()).isEmpty();
        assertThat(feed.latest("follower 1199", 5)).singleElement().satisfies(activity -> {
            assertThat(activity.id()).isEqualTo("id");
            assertThat(activity.content()).isEqualTo(new Post("ann", 1));
        });
        feed.removeFromAll(followers, "id");
    }

    @Test
    void aFeedThatCannotBeWrittenDoesNotStopTheOthers() {
        ActivityFeed<Post> feed = structures.feed("broken", Post.class, FeedOptions.defaults());
        redis.command("SET", prefix + ":feed:broken:{bad}", "no feed");
        FanOut result = feed.fanOut(List.of("good", "bad", "better"), "id", new Post("ann", 1));
        assertThat(result.delivered()).isEqualTo(2);
        assertThat(result.failed()).containsOnlyKeys("bad");
        assertThat(feed.latest("better", 1)).hasSize(1);
        List.of("good", "bad", "better").forEach(feed::clear);
    }

    @Test
    void oldActivitiesAreNotReadAnyMore() {
        ActivityFeed<Post> feed =
                structures.feed("short", Post.class, FeedOptions.defaults().withMaxAge(Duration.ofMillis(300)));
        feed.publish("ann", "old", new Post("ann", 1));
        await().until(() -> feed.latest("ann", 5).isEmpty());
        feed.publish("ann", "new", new Post("ann", 2));
        assertThat(feed.size("ann")).isEqualTo(1);
        feed.clear("ann");
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void whoWasActiveIsKnownForAWhile(Supplier<RedisConnectionFactory> factory) {
        UserActivity activity = Deployments.structures(factory).userActivity("users", Duration.ofMinutes(5), 3);
        Instant first = activity.touch("ann");
        await().until(() -> activity.touch("ben").isAfter(first));
        assertThat(activity.lastActive("ann")).hasValue(first);
        assertThat(activity.lastActive("nobody")).isEmpty();
        assertThat(activity.within(Duration.ofHours(1), 10).keySet()).containsExactly("ben", "ann");
        assertThat(activity.countWithin(Duration.ofMinutes(1))).isEqualTo(2);
        await().until(() -> activity.countWithin(Duration.ofMillis(1)) == 0);
        activity.touchAll(List.of("cid", "dan"));
        assertThat(activity.countWithin(Duration.ofMinutes(1))).isEqualTo(3);
        assertThat(activity.lastActive("ann")).isEmpty();
        List.of("ben", "cid", "dan").forEach(activity::forget);
        assertThat(activity.countWithin(Duration.ofMinutes(1))).isZero();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void windowsOfEventsAreThoseOfTheModel(Supplier<RedisConnectionFactory> factory) {
        Random random = new Random(System.nanoTime());
        TimeSeriesSet<Post> series =
                Deployments.structures(factory).timeSeries("events", Post.class, Duration.ofDays(2), 60);
        Instant base = Instant.now().minus(Duration.ofHours(12));
        List<TimedEvent<Post>> model = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            List<TimedEvent<Post>> some = new ArrayList<>();
            for (int j = 0; j <= random.nextInt(3); j++) {
                Instant time = Instant.ofEpochMilli(base.toEpochMilli() + random.nextInt(10_000_000))
                        .plusNanos(1_000L * random.nextInt(1_000));
                some.add(new TimedEvent<>(time, new Post("same", 1)));
            }
            series.addAll(some);
            model.addAll(some);
            model.sort(Comparator.comparing(TimedEvent::time));
            while (model.size() > 60) {
                model.remove(0);
            }
            Instant from = base.plusMillis(random.nextInt(10_000_000));
            Instant to = from.plusMillis(random.nextInt(5_000_000));
            List<TimedEvent<Post>> window = model.stream()
                    .filter(event ->
                            !event.time().isBefore(from) && event.time().isBefore(to))
                    .toList();
            assertThat(series.countBetween(from, to)).isEqualTo(window.size());
            assertThat(series.between(from, to, 2, 100))
                    .isEqualTo(window.stream().skip(2).toList());
            assertThat(series.latest(1)).isEqualTo(List.of(model.get(model.size() - 1)));
        }
        assertThat(series.size()).isEqualTo(60);
        assertThat(series.countLast(Duration.ofDays(1))).isEqualTo(60);
        assertThat(series.last(Duration.ofHours(20), 1_000)).isEqualTo(model);
        Instant middle = model.get(30).time();
        assertThat(series.trimBefore(middle))
                .isEqualTo(model.stream()
                        .filter(event -> event.time().isBefore(middle))
                        .count());
        series.clear();
        assertThat(series.size()).isZero();
    }

    @Test
    void eventsAreForgottenByAge() {
        TimeSeriesSet<String> series = structures.timeSeries("short", String.class, Duration.ofMillis(400), 0);
        Instant now = series.add("event");
        series.add(now.minusSeconds(10), "too old");
        assertThat(series.size()).isLessThanOrEqualTo(1);
        await().until(() -> redis.keys(prefix).isEmpty());
    }
}
