package io.redisstate.job.method;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.job.Backoff;
import io.redisstate.job.JobRetry;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/** Reads the texts of annotations; every mistake names the method and the attribute. */
final class Texts {

    private final ConfigurableBeanFactory beans;

    Texts(ConfigurableBeanFactory beans) {
        this.beans = beans;
    }

    static Duration duration(String text) {
        return text.equals("0") ? Duration.ZERO : DurationFormatterUtils.detectAndParse(text);
    }

    String text(Method method, String attribute, String text) {
        try {
            String value = beans.resolveEmbeddedValue(text);
            return value == null ? "" : value;
        } catch (IllegalArgumentException ex) {
            throw new InvalidAnnotationException(
                    method, attribute + " = \"" + text + "\" can't be resolved: " + ex.getMessage(), ex);
        }
    }

    /** Null if it is empty. */
    <T> @Nullable T read(Method method, String attribute, String text, Function<String, T> reader, String example) {
        String value = text(method, attribute, text);
        if (value.isEmpty()) {
            return null;
        }
        try {
            return reader.apply(value);
        } catch (RuntimeException ex) {
            throw new InvalidAnnotationException(
                    method, attribute + " = \"" + value + "\" is no " + example + ": " + ex.getMessage(), ex);
        }
    }

    @Nullable
    Duration duration(Method method, String attribute, String text) {
        return read(method, attribute, text, Texts::duration, "duration such as 30s or PT1M");
    }

    @Nullable
    Integer number(Method method, String attribute, String text) {
        return read(method, attribute, text, Integer::valueOf, "number");
    }

    /** Null if the annotation says nothing about waits. */
    @Nullable
    Backoff backoff(Method method, JobRetry retry) {
        Duration first = duration(method, "retry.backoff", retry.backoff());
        Double multiplier = read(method, "retry.multiplier", retry.multiplier(), Double::valueOf, "number");
        Duration max = duration(method, "retry.maxBackoff", retry.maxBackoff());
        Double jitter = read(method, "retry.jitter", retry.jitter(), Double::valueOf, "share such as 0.2");
        if (first == null && multiplier == null && max == null && jitter == null) {
            return null;
        }
        Backoff given = Backoff.DEFAULT;
        Duration begin = first == null ? given.first() : first;
        Duration longest = max == null ? given.max() : max;
        try {
            return new Backoff(
                    begin,
                    multiplier == null ? given.multiplier() : multiplier,
                    max == null && longest.compareTo(begin) < 0 ? begin : longest,
                    jitter == null ? given.jitter() : jitter);
        } catch (IllegalArgumentException ex) {
            throw new InvalidAnnotationException(method, "retry: " + ex.getMessage(), ex);
        }
    }
}
