package io.redisstate.lock.leader;

/**
 * Is told when this process begins and ceases to lead. Called on the election's thread, one call at a time and in turns;
 * leadership goes on while {@code granted} runs, and another process may lead already while {@code revoked} does.
 *
 * @since 0.1
 */
public interface LeadershipListener {

    /** This process leads. */
    void granted(Leadership leadership);

    /** It does not any more: resigned, stopped or lost. */
    void revoked(Leadership leadership);
}
