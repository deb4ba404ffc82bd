package io.redisstate.pubsub.method;

import io.redisstate.core.JsonCodec;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.MethodParameter;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.converter.MessageConversionException;
import org.springframework.messaging.converter.SmartMessageConverter;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/** Reads a payload as JSON of the parameter's type, generic ones included, unless another content type is declared. */
final class JsonPayloads implements SmartMessageConverter {

    private final JsonCodec codec;

    JsonPayloads(JsonCodec codec) {
        this.codec = codec;
    }

    @Override
    public @Nullable Object fromMessage(Message<?> message, Class<?> targetClass) {
        return fromMessage(message, targetClass, null);
    }

    @Override
    public @Nullable Object fromMessage(Message<?> message, Class<?> targetClass, @Nullable Object conversionHint) {
        if (!(message.getPayload() instanceof byte[] json) || !isJson(message.getHeaders())) {
            return null;
        }
        try {
            return codec.decode(json, typeOf(targetClass, conversionHint));
        } catch (IllegalArgumentException ex) {
            throw new MessageConversionException(message, String.valueOf(ex.getMessage()), ex);
        }
    }

    private static Type typeOf(Class<?> targetClass, @Nullable Object conversionHint) {
        if (!(conversionHint instanceof MethodParameter parameter)) {
            return targetClass;
        }
        MethodParameter payload = parameter.nestedIfOptional();
        if (Message.class.isAssignableFrom(payload.getParameterType())) {
            payload = payload.nested();
        }
        return GenericTypeResolver.resolveType(payload.getNestedGenericParameterType(), payload.getContainingClass());
    }

    private static boolean isJson(MessageHeaders headers) {
        Object declared = headers.get(MessageHeaders.CONTENT_TYPE);
        if (declared == null) {
            return true;
        }
        MimeType type = declared instanceof MimeType mime ? mime : MimeType.valueOf(declared.toString());
        return type.isCompatibleWith(MimeTypeUtils.APPLICATION_JSON)
                || type.getSubtype().endsWith("+json");
    }

    @Override
    public @Nullable Message<?> toMessage(Object payload, @Nullable MessageHeaders headers) {
        return null;
    }

    @Override
    public @Nullable Message<?> toMessage(
            Object payload, @Nullable MessageHeaders headers, @Nullable Object conversionHint) {
        return null;
    }
}
