package io.redisstate.job;

import java.util.List;
import java.util.OptionalLong;

/**
 * Some of the jobs of one state.
 *
 * @param jobs the jobs; some may have changed their state meanwhile
 * @param next what to ask for to get the next page; empty if there are no more. Jobs that come and go in between can make a
 *     job appear on two pages or on none
 * @since 0.1
 */
public record JobPage(List<JobInfo> jobs, OptionalLong next) {}
