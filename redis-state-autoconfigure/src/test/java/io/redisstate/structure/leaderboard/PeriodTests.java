package io.redisstate.structure.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZonedDateTime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeriodTests {

    @ParameterizedTest
    @CsvSource({
        "HOURLY, 2026-03-29T03:30+02:00[Europe/Berlin], hourly:2026-03-29T03+02",
        "HOURLY, 2026-10-25T02:30+01:00[Europe/Berlin], hourly:2026-10-25T02+01",
        "DAILY, 2026-03-29T23:59+02:00[Europe/Berlin], daily:2026-03-29",
        "WEEKLY, 2026-01-01T00:00Z, weekly:2026-W01",
        "WEEKLY, 2027-01-03T23:59Z, weekly:2026-W53",
        "WEEKLY, 2027-01-04T00:00Z, weekly:2027-W01",
        "MONTHLY, 2026-02-28T23:00Z, monthly:2026-02"
    })
    void eachTimeIsInOnePeriod(Period period, ZonedDateTime time, String part) {
        ZonedDateTime start = period.startOf(time);
        assertThat(period.keyPart(start)).isEqualTo(part);
        assertThat(start).isBeforeOrEqualTo(time);
        assertThat(period.plus(start, 1)).isAfter(time);
        assertThat(period.plus(period.plus(start, 1), -1)).isEqualTo(start);
    }
}
