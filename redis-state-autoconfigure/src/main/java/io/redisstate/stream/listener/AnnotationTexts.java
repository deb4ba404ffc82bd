package io.redisstate.stream.listener;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.stream.AckMode;
import io.redisstate.stream.RetryPolicy;
import io.redisstate.stream.container.ContainerOptions;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.beans.factory.config.BeanExpressionContext;
import org.springframework.beans.factory.config.BeanExpressionResolver;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/** The texts of an annotation, with their placeholders and expressions resolved. */
final class AnnotationTexts {

    private final ConfigurableListableBeanFactory beans;
    private final Method method;

    AnnotationTexts(ConfigurableListableBeanFactory beans, Method method) {
        this.beans = beans;
        this.method = method;
    }

    ContainerOptions options(RedisStreamListener annotation, ContainerOptions defaults) {
        String stream = text(annotation.stream())
                .orElseThrow(() -> new InvalidAnnotationException(method, "stream is empty", null));
        ContainerOptions.Builder builder = ContainerOptions.builder(
                        stream, text(annotation.group()).orElse(defaults.group()))
                .like(defaults)
                .id(text(annotation.id()).orElseGet(() -> InvalidAnnotationException.nameOf(method)))
                .retry(retry(annotation.retry(), defaults.retry()));
        text(annotation.consumer()).ifPresent(builder::consumer);
        value("concurrency", annotation.concurrency(), Integer::valueOf).ifPresent(builder::concurrency);
        value("batchSize", annotation.batchSize(), Integer::valueOf).ifPresent(builder::batchSize);
        value("maxInFlight", annotation.maxInFlight(), Integer::valueOf).ifPresent(builder::maxInFlight);
        value("maxWaiting", annotation.maxWaiting(), Integer::valueOf).ifPresent(builder::maxWaiting);
        value("block", annotation.block(), AnnotationTexts::duration).ifPresent(builder::block);
        value("ackMode", annotation.ackMode(), text -> AckMode.valueOf(text.toUpperCase(Locale.ROOT)))
                .ifPresent(builder::ackMode);
        text(annotation.startFrom()).ifPresent(builder::startFrom);
        value("minIdle", annotation.minIdle(), AnnotationTexts::duration).ifPresent(builder::minIdle);
        value("shutdownTimeout", annotation.shutdownTimeout(), AnnotationTexts::duration)
                .ifPresent(builder::shutdownTimeout);
        return builder.build();
    }

    private RetryPolicy retry(StreamRetry annotation, RetryPolicy defaults) {
        Duration delay = value("retry.delay", annotation.delay(), AnnotationTexts::duration)
                .orElse(defaults.delay());
        Duration maxDelay = value("retry.maxDelay", annotation.maxDelay(), AnnotationTexts::duration)
                .orElse(defaults.maxDelay());
        return new RetryPolicy(
                value("retry.attempts", annotation.attempts(), Integer::valueOf).orElse(defaults.maxAttempts()),
                delay,
                value("retry.multiplier", annotation.multiplier(), Double::valueOf)
                        .orElse(defaults.multiplier()),
                maxDelay,
                value("retry.jitter", annotation.jitter(), Double::valueOf).orElse(defaults.jitter()),
                List.of(annotation.retryFor()),
                List.of(annotation.noRetryFor()));
    }

    Optional<Boolean> autoStartup(RedisStreamListener annotation) {
        return value("autoStartup", annotation.autoStartup(), AnnotationTexts::truth);
    }

    private static Boolean truth(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("it must be true or false");
        };
    }

    /** The text with its placeholders and expressions resolved; empty if there is none. */
    Optional<String> text(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        String embedded = beans.resolveEmbeddedValue(text);
        BeanExpressionResolver resolver = beans.getBeanExpressionResolver();
        Object value =
                resolver == null ? embedded : resolver.evaluate(embedded, new BeanExpressionContext(beans, null));
        return value == null || value.toString().isEmpty() ? Optional.empty() : Optional.of(value.toString());
    }

    private <T> Optional<T> value(String attribute, String text, Function<String, T> reader) {
        Optional<String> resolved = text(text);
        try {
            return resolved.map(reader);
        } catch (IllegalArgumentException ex) {
            throw new InvalidAnnotationException(
                    method, attribute + " = \"" + resolved.orElse("") + "\" can't be used: " + ex.getMessage(), ex);
        }
    }

    private static Duration duration(String text) {
        return DurationFormatterUtils.detectAndParse(text);
    }
}
