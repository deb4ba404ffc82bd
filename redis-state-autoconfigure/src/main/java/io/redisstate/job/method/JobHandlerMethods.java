package io.redisstate.job.method;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.job.JobHandler;
import io.redisstate.job.JobHandlerDefinition;
import io.redisstate.job.JobRequest;
import io.redisstate.job.JobRetry;
import io.redisstate.job.Recurrence;
import io.redisstate.job.RecurringJob;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;

/**
 * The {@link JobHandler} and {@link RecurringJob} methods of all beans: found and checked at start-up, without creating any
 * bean.
 *
 * @since 0.1
 */
public final class JobHandlerMethods implements SmartInitializingSingleton {

    private static final List<Class<? extends Annotation>> ANNOTATIONS = List.of(JobHandler.class, RecurringJob.class);

    private final ConfigurableListableBeanFactory beans;
    private final Texts texts;
    private final Map<String, Collected> queues = new TreeMap<>();

    /** What has been said about a queue, and by which method. */
    private static final class Collected {
        private final Map<String, Method> types = new HashMap<>();
        private final List<JobHandlerDefinition> handlers = new ArrayList<>();
        private final List<Recurrence> recurrences = new ArrayList<>();
        private @Nullable Integer concurrency;
        private QueueHandlers.@Nullable Rate rate;
    }

    /** Methods of the beans of a factory. */
    public JobHandlerMethods(ConfigurableListableBeanFactory beans) {
        this.beans = beans;
        this.texts = new Texts(beans);
    }

    /** What the methods say, for each queue; complete once all singletons have been made. */
    public Collection<QueueHandlers> queues() {
        List<QueueHandlers> all = new ArrayList<>();
        queues.forEach((name, said) ->
                all.add(new QueueHandlers(name, said.handlers, said.recurrences, said.concurrency, said.rate)));
        return all;
    }

    @Override
    public void afterSingletonsInstantiated() {
        for (String bean : beans.getBeanDefinitionNames()) {
            Class<?> type = beans.getType(bean, false);
            if (type != null && AnnotationUtils.isCandidateClass(ClassUtils.getUserClass(type), ANNOTATIONS)) {
                find(bean, ClassUtils.getUserClass(type));
            }
        }
    }

    private void find(String bean, Class<?> type) {
        MethodIntrospector.selectMethods(type, (MethodIntrospector.MetadataLookup<JobHandler>)
                        method -> AnnotatedElementUtils.findMergedAnnotation(method, JobHandler.class))
                .forEach((method, annotation) -> addHandler(bean, method, annotation));
        MethodIntrospector.selectMethods(type, (MethodIntrospector.MetadataLookup<RecurringJob>)
                        method -> AnnotatedElementUtils.findMergedAnnotation(method, RecurringJob.class))
                .forEach((method, annotation) -> addRecurring(bean, method, annotation));
    }

    private void addHandler(String bean, Method method, JobHandler annotation) {
        String type = name(method, annotation.value());
        String queue = texts.text(method, "queue", annotation.queue());
        HandlerMethod function = new HandlerMethod(beans, bean, method, "@JobHandler", true);
        Collected said = queue(queue.isEmpty() ? type : queue);
        add(
                said,
                method,
                definition(
                        method,
                        type,
                        function,
                        annotation.retry(),
                        annotation.timeout(),
                        texts.duration(method, "keepResult", annotation.keepResult())));
        said.concurrency = agreed(
                method, "concurrency", said.concurrency, texts.number(method, "concurrency", annotation.concurrency()));
        said.rate = agreed(
                method,
                "rateLimit",
                said.rate,
                texts.read(method, "rateLimit", annotation.rateLimit(), QueueHandlers.Rate::parse, "rate"));
    }

    private void addRecurring(String bean, Method method, RecurringJob annotation) {
        String name = name(method, annotation.value());
        String queue = texts.text(method, "queue", annotation.queue());
        HandlerMethod function = new HandlerMethod(beans, bean, method, "@RecurringJob", false);
        Collected said = queue(queue.isEmpty() ? name : queue);
        add(said, method, definition(method, name, function, annotation.retry(), annotation.timeout(), null));
        said.recurrences.add(recurrence(method, name, annotation));
    }

    private Recurrence recurrence(Method method, String name, RecurringJob annotation) {
        JobRequest request = JobRequest.of(name);
        String cron = texts.text(method, "cron", annotation.cron());
        String every = texts.text(method, "every", annotation.every());
        if (cron.isEmpty() == every.isEmpty()) {
            throw new InvalidAnnotationException(method, "@RecurringJob takes either cron or every", null);
        }
        Recurrence recurrence = cron.isEmpty()
                ? texts.read(
                        method,
                        "every",
                        every,
                        text -> Recurrence.every(name, Texts.duration(text), request),
                        "period such as 15m")
                : texts.read(
                        method,
                        "cron",
                        cron,
                        text -> Recurrence.cron(
                                name, text, ZoneId.of(texts.text(method, "zone", annotation.zone())), request),
                        "cron expression with a time zone");
        return Objects.requireNonNull(recurrence).withMisfire(annotation.misfire());
    }

    private JobHandlerDefinition definition(
            Method method,
            String type,
            HandlerMethod function,
            JobRetry retry,
            String timeout,
            @Nullable Duration keepResult) {
        Integer attempts = texts.number(method, "retry.attempts", retry.attempts());
        try {
            return new JobHandlerDefinition(
                    type,
                    function.payloadType(),
                    function,
                    attempts == null ? 0 : attempts,
                    texts.backoff(method, retry),
                    texts.duration(method, "timeout", timeout),
                    keepResult,
                    Set.of(retry.noRetryFor()));
        } catch (IllegalArgumentException ex) {
            throw new InvalidAnnotationException(method, String.valueOf(ex.getMessage()), ex);
        }
    }

    private Collected queue(String name) {
        return queues.computeIfAbsent(name, key -> new Collected());
    }

    private static void add(Collected said, Method method, JobHandlerDefinition handler) {
        Method other = said.types.putIfAbsent(handler.type(), method);
        if (other != null) {
            throw new InvalidAnnotationException(
                    method,
                    "jobs of type '" + handler.type() + "' are handled by " + InvalidAnnotationException.nameOf(other)
                            + " already",
                    null);
        }
        said.handlers.add(handler);
    }

    private static <T> @Nullable T agreed(Method method, String attribute, @Nullable T before, @Nullable T now) {
        if (before != null && now != null && !before.equals(now)) {
            throw new InvalidAnnotationException(
                    method,
                    attribute + " is " + now + ", but another handler of the same queue says " + before
                            + ": they share a worker",
                    null);
        }
        return now == null ? before : now;
    }

    private String name(Method method, String text) {
        String name = texts.text(method, "value", text);
        if (name.isEmpty()) {
            throw new InvalidAnnotationException(method, "the type of its jobs is empty", null);
        }
        return name;
    }
}
