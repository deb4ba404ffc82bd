package io.redisstate.session;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.function.Consumer;
import org.springframework.security.jackson.SecurityJacksonModules;
import org.springframework.util.ClassUtils;
import tools.jackson.databind.DatabindContext;
import tools.jackson.databind.DefaultTyping;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

/** JSON with type names, as Spring Security's modules for Jackson write it, so that its classes can be read too. */
final class JsonValues implements ValueFormat {

    private static final String SECURITY = "org.springframework.security.jackson.SecurityJacksonModules";

    private final ObjectWriter writer;
    private final ObjectReader reader;

    JsonValues(AllowedTypes allowed, ClassLoader classes, Consumer<JsonMapper.Builder> customizer) {
        JsonMapper.Builder builder = JsonMapper.builder();
        BasicPolymorphicTypeValidator.Builder types = BasicPolymorphicTypeValidator.builder()
                .allowIfSubTypeIsArray()
                .allowIfSubType(new BasicPolymorphicTypeValidator.TypeMatcher() {
                    @Override
                    public boolean match(DatabindContext context, Class<?> type) {
                        return allowed.allows(type.getName());
                    }
                });
        if (ClassUtils.isPresent(SECURITY, classes)) {
            Security.addModules(builder, classes, types);
        } else {
            builder.activateDefaultTyping(types.build(), DefaultTyping.NON_FINAL, JsonTypeInfo.As.PROPERTY);
        }
        customizer.accept(builder);
        JsonMapper mapper = builder.build();
        writer = mapper.writerFor(Object.class);
        reader = mapper.readerFor(Object.class);
    }

    @Override
    public byte[] write(Object value) {
        return writer.writeValueAsBytes(value);
    }

    @Override
    public Object read(byte[] bytes) {
        Object value = reader.readValue(bytes);
        if (value == null) {
            throw new IllegalArgumentException("There is no value");
        }
        return value;
    }

    /** Loaded only where Spring Security is present. */
    private static final class Security {

        private Security() {}

        static void addModules(
                JsonMapper.Builder builder, ClassLoader classes, BasicPolymorphicTypeValidator.Builder types) {
            builder.addModules(SecurityJacksonModules.getModules(classes, types));
        }
    }
}
