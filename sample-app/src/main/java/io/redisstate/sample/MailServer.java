package io.redisstate.sample;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The mail server of the shop: a table of delivered mails, and a switch to see what happens when it is down. */
@Component
class MailServer {

    private final JdbcClient database;

    MailServer(JdbcClient database) {
        this.database = database;
    }

    /** The mail server is down. */
    static final class DownException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        DownException() {
            super("421 The mail server is down");
        }
    }

    /** Delivers a mail, once for each job however often it is called. */
    void deliver(String job, String recipient, String subject) {
        if (!isUp()) {
            throw new DownException();
        }
        database.sql("insert into mail (job, recipient, subject) select :job, :recipient, :subject"
                        + " where not exists (select 1 from mail where job = :job)")
                .param("job", job)
                .param("recipient", recipient)
                .param("subject", subject)
                .update();
    }

    long delivered() {
        return database.sql("select count(*) from mail").query(Long.class).single();
    }

    boolean isUp() {
        return database.sql("select up from mail_server where id = 1")
                .query(Boolean.class)
                .single();
    }

    void setUp(boolean up) {
        database.sql("update mail_server set up = :up where id = 1")
                .param("up", up)
                .update();
    }

    void reset() {
        database.sql("delete from mail").update();
        setUp(true);
    }
}
