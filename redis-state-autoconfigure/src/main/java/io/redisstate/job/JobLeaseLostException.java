package io.redisstate.job;

/**
 * This worker has lost a job: it did not renew the lease in time, and another worker may have taken the job.
 *
 * @since 0.1
 */
public class JobLeaseLostException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    JobLeaseLostException(String id) {
        super("The lease of job " + id + " is lost; another worker may have it");
    }
}
