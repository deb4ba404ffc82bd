package io.redisstate.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ticks around the changes of the clock: in Berlin it goes from 2 to 3 on 2027-03-28, and from 3 back to 2 on 2027-10-31. */
class RecurrenceTests {

    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    private static List<String> ticks(Recurrence recurrence, String from, int count) {
        List<String> ticks = new ArrayList<>();
        long at = Instant.parse(from).toEpochMilli();
        for (int i = 0; i < count; i++) {
            at = recurrence.nextAfter(at);
            ticks.add(Instant.ofEpochMilli(at).toString());
        }
        return ticks;
    }

    private static Recurrence cron(String expression) {
        return Recurrence.cron("r", expression, BERLIN, JobRequest.of("t"));
    }

    @Test
    void aDailyTickKeepsToTheClockOnTheWall() {
        assertThat(ticks(cron("0 30 3 * * *"), "2027-03-27T00:00:00Z", 3))
                .containsExactly("2027-03-27T02:30:00Z", "2027-03-28T01:30:00Z", "2027-03-29T01:30:00Z");
        assertThat(ticks(cron("0 30 3 * * *"), "2027-10-30T00:00:00Z", 3))
                .containsExactly("2027-10-30T01:30:00Z", "2027-10-31T02:30:00Z", "2027-11-01T02:30:00Z");
    }

    /** As with Spring's own scheduling, which the documentation says. */
    @Test
    void aDailyTickInTheHourThatIsLeftOutDoesNotComeThatDay() {
        assertThat(ticks(cron("0 30 2 * * *"), "2027-03-27T00:00:00Z", 3))
                .containsExactly("2027-03-27T01:30:00Z", "2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z");
    }

    @Test
    void aDailyTickInTheHourThatComesTwiceComesTwice() {
        assertThat(ticks(cron("0 30 2 * * *"), "2027-10-30T00:00:00Z", 4))
                .containsExactly(
                        "2027-10-30T00:30:00Z", "2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z", "2027-11-01T01:30:00Z");
    }

    @Test
    void anHourlyTickComesEachHourOfTheDayHoweverLongThatIs() {
        assertThat(ticks(cron("0 0 * * * *"), "2027-03-27T23:30:00Z", 4))
                .containsExactly(
                        "2027-03-28T00:00:00Z", "2027-03-28T01:00:00Z", "2027-03-28T02:00:00Z", "2027-03-28T03:00:00Z");
        assertThat(ticks(cron("0 0 * * * *"), "2027-10-30T23:30:00Z", 4))
                .containsExactly(
                        "2027-10-31T00:00:00Z", "2027-10-31T01:00:00Z", "2027-10-31T02:00:00Z", "2027-10-31T03:00:00Z");
    }

    @Test
    void multiplesOfADurationDoNotKnowAboutZones() {
        Recurrence recurrence = Recurrence.every("r", Duration.ofHours(12), JobRequest.of("t"));

        assertThat(ticks(recurrence, "2027-03-27T13:00:00Z", 3))
                .containsExactly("2027-03-28T00:00:00Z", "2027-03-28T12:00:00Z", "2027-03-29T00:00:00Z");
    }
}
