package io.redisstate.structure.leaderboard;

import java.time.DayOfWeek;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;

/**
 * How long a periodic board runs before the next begins.
 *
 * @since 0.1
 */
public enum Period {
    /** From hour to hour. */
    HOURLY(ChronoUnit.HOURS, "uuuu-MM-dd'T'HHX"),
    /** From midnight to midnight. */
    DAILY(ChronoUnit.DAYS, "uuuu-MM-dd"),
    /** From Monday to Monday. */
    WEEKLY(ChronoUnit.WEEKS, "YYYY-'W'ww"),
    /** From the first to the first. */
    MONTHLY(ChronoUnit.MONTHS, "uuuu-MM");

    private final ChronoUnit unit;
    private final DateTimeFormatter label;

    Period(ChronoUnit unit, String pattern) {
        this.unit = unit;
        // The week fields of this locale are those of ISO 8601.
        this.label = DateTimeFormatter.ofPattern(pattern, Locale.UK);
    }

    /** When the period began that a time is in. */
    public ZonedDateTime startOf(ZonedDateTime time) {
        return switch (this) {
            case HOURLY -> time.truncatedTo(ChronoUnit.HOURS);
            case DAILY -> midnight(time);
            case WEEKLY -> midnight(time.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)));
            case MONTHLY -> midnight(time.withDayOfMonth(1));
        };
    }

    /** The start of another period. */
    ZonedDateTime plus(ZonedDateTime start, long periods) {
        return startOf(start.plus(periods, unit));
    }

    /** The last part of a key: the word for the period, and which one it is. */
    String keyPart(ZonedDateTime start) {
        return name().toLowerCase(Locale.ROOT) + ':' + label.format(start);
    }

    private static ZonedDateTime midnight(ZonedDateTime time) {
        return time.toLocalDate().atStartOfDay(time.getZone());
    }
}
