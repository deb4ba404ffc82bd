package io.redisstate.core.method;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * An annotation on a method can't work as it is written; the message names the method, the attribute and what is wrong.
 *
 * @since 0.1
 */
public class InvalidAnnotationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * A finding.
     *
     * @param method the annotated method
     * @param problem what is wrong, as the end of a sentence that begins with the method's name
     */
    public InvalidAnnotationException(Method method, String problem, @Nullable Throwable cause) {
        super(nameOf(method) + ": " + problem, cause);
    }

    /** {@code Class.method}, as messages name a method. */
    public static String nameOf(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName();
    }
}
