/** Methods annotated with Spring Data Redis' {@code @RedisListener} as listeners. Needs spring-messaging. */
@NullMarked
package io.redisstate.pubsub.method;

import org.jspecify.annotations.NullMarked;
