package io.redisstate.lock.leader;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;

/**
 * A method of a bean that is called when this process begins, or ceases, to lead. It takes nothing or a {@link Leadership};
 * anything else, or a private or static method, fails the start. Called on the election's thread, see
 * {@link LeadershipListener}. The election must be one of {@code redis-state.leader.elections}.
 *
 * @since 0.1
 */
@Documented
@Reflective
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface OnLeader {

    /** The name of the election. */
    String value();

    /** Whether it is called when leadership is granted, or when it is revoked. */
    Change on() default Change.GRANTED;

    /** What has changed. */
    enum Change {
        /** This process leads. */
        GRANTED,
        /** It does not any more. */
        REVOKED
    }
}
