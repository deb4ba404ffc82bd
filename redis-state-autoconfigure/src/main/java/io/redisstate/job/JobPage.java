package io.redisstate.job;

import java.util.List;
import java.util.Optional;

/**
 * Some of the jobs of one state.
 *
 * @param jobs the jobs; some may have changed their state meanwhile
 * @param next what to ask for to get the next page; empty if there are no more. It is a place in the order, so jobs that come
 *     and go in between make no other job appear twice or not at all
 * @since 0.1
 */
public record JobPage(List<JobInfo> jobs, Optional<String> next) {}
