package io.redisstate.test;

/** A block of a test. */
@FunctionalInterface
public interface ThrowingRunnable {

    void run() throws Exception;
}
