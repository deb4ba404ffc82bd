package io.redisstate.autoconfigure.cache;

import io.redisstate.autoconfigure.AutoProxies;
import io.redisstate.autoconfigure.CloseWithContext;
import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.autoconfigure.RedisStateProperties;
import io.redisstate.cache.CacheListener;
import io.redisstate.cache.CacheWarmer;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.cache.aop.CacheInterception;
import io.redisstate.cache.aop.CacheableAllAdvisor;
import io.redisstate.cache.entry.CacheSerializer;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.write.CacheWriter;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.WakeUps;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.thread.Threading;
import org.springframework.cache.CacheManager;
import org.springframework.cache.interceptor.CacheAspectSupport;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Auto-configuration of {@link RedisStateCacheManager} as the application's cache manager, before Boot's own. Nothing asks
 * Redis before a cache is used, except for what may be left to write of caches with write-behind.
 *
 * @since 0.1
 */
@AutoConfiguration(
        after = RedisStateAutoConfiguration.class,
        beforeName = "org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration")
@ConditionalOnBean({RedisConnectionFactory.class, CallExecutor.class})
@ConditionalOnMissingBean(value = CacheManager.class, name = "cacheResolver")
@ConditionalOnProperty(prefix = CacheProperties.PREFIX, name = "enabled", matchIfMissing = true)
@ConditionalOnProperty(name = "spring.cache.type", havingValue = "redis", matchIfMissing = true)
@EnableConfigurationProperties(CacheProperties.class)
@Import({CacheMetricsConfiguration.class, AutoProxies.class})
public final class CacheAutoConfiguration {

    @Bean
    RedisStateCacheManager cacheManager(
            RedisConnectionFactory connections,
            CallExecutor calls,
            WakeUps wakeUps,
            ObjectProvider<JsonMapper> mapper,
            RedisStateProperties shared,
            CacheProperties properties,
            ObjectProvider<CacheWriter<?, ?>> writers,
            ObjectProvider<CacheListener> listeners,
            ObjectProvider<CacheManagerBuilderCustomizer> customizers,
            BeanFactory beans,
            Environment environment) {
        CacheProperties.KeyFunctions functions = (property, name) -> keyFunction(beans, property, name);
        CacheSettings defaults = properties.toDefaults(bootSettings(environment), functions);
        RedisStateCacheManager.Builder builder = RedisStateCacheManager.builder(connections)
                .keyPrefix(shared.keyPrefixOr(environment))
                .calls(calls)
                .wakeUps(wakeUps)
                .serializer(CacheSerializer.json(mapper.getIfAvailable(JsonMapper::shared)))
                .virtualThreads(Threading.VIRTUAL.isActive(environment))
                .dynamic(properties.dynamic())
                .tracking(properties.tracking())
                .defaults(defaults);
        names(properties, environment)
                .forEach(name -> builder.cache(name, properties.toSettings(name, defaults, functions)));
        writers.orderedStream().forEach(builder::writer);
        listeners.orderedStream().forEach(builder::listener);
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder.build();
    }

    @Bean
    CloseWithContext redisStateCacheLifecycle(ConfigurableApplicationContext context, RedisStateCacheManager caches) {
        return new CloseWithContext(context, caches, CloseWithContext.FEATURE, caches::start);
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static CacheInterception redisStateCacheInterception(
            ObjectProvider<CacheAspectSupport> interceptors,
            ObjectProvider<RedisStateCacheManager> caches,
            BeanFactory beans,
            Environment environment) {
        boolean protect = environment.getProperty(CacheProperties.PREFIX + ".protect", Boolean.class, true);
        return new CacheInterception(interceptors, caches::getObject, protect, beans);
    }

    /** Static, and with the caches on demand: an advisor is made before all beans it may apply to. */
    @Bean
    @ConditionalOnMissingBean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static CacheableAllAdvisor cacheableAllAdvisor(
            ObjectProvider<RedisStateCacheManager> caches, ConfigurableListableBeanFactory beans) {
        return new CacheableAllAdvisor(caches::getObject, beans);
    }

    @Bean
    CacheWarmUp redisStateCacheWarmUp(ObjectProvider<CacheWarmer> warmers, RedisStateCacheManager caches) {
        return new CacheWarmUp(warmers, caches);
    }

    @SuppressWarnings("unchecked") // what the properties say
    private static Function<Object, String> keyFunction(BeanFactory beans, String property, String name) {
        if (!beans.containsBean(name) || !beans.isTypeMatch(name, Function.class)) {
            throw new InvalidConfigurationPropertyValueException(
                    property, name, "It must be the name of a bean that is a Function of a key to its text.");
        }
        return beans.getBean(name, Function.class);
    }

    private static Set<String> names(CacheProperties properties, Environment environment) {
        Set<String> names = new TreeSet<>(properties.caches().keySet());
        names.addAll(Binder.get(environment)
                .bind("spring.cache.cache-names", Bindable.listOf(String.class))
                .orElse(List.of()));
        return names;
    }

    /** What Boot's own properties for caches on Redis say. */
    private static CacheSettings bootSettings(Environment environment) {
        Binder binder = Binder.get(environment);
        CacheSettings.Builder settings = CacheSettings.builder();
        binder.bind("spring.cache.redis.time-to-live", Duration.class).ifBound(settings::fresh);
        if (!binder.bind("spring.cache.redis.cache-null-values", Boolean.class).orElse(true)) {
            settings.nullTtl(Duration.ZERO);
        }
        return settings.build();
    }
}
