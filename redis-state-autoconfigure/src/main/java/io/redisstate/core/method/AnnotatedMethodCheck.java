package io.redisstate.core.method;

import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.asm.ClassReader;
import org.springframework.asm.ClassVisitor;
import org.springframework.asm.Handle;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.Opcodes;
import org.springframework.asm.SpringAsmInfo;
import org.springframework.asm.Type;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.BridgeMethodResolver;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Looks at the annotated methods of all beans at start-up, without creating any. An annotation that a proxy can't see (on a
 * private, static or final method, or in a final class) fails the start; a call of an annotated method from its own class,
 * which passes the proxy by, is a warning.
 *
 * @since 0.1
 */
public final class AnnotatedMethodCheck implements SmartInitializingSingleton {

    private static final Log LOG = LogFactory.getLog(AnnotatedMethodCheck.class);

    private final ConfigurableListableBeanFactory beans;
    private final List<Class<? extends Annotation>> annotations;
    private final Consumer<Method> check;

    /**
     * A check.
     *
     * @param annotations the annotations to look for, also as meta-annotations; of repeatable ones both types
     * @param check what to check on each annotated method that a proxy can see; throws if it is wrong
     */
    public AnnotatedMethodCheck(
            ConfigurableListableBeanFactory beans,
            List<Class<? extends Annotation>> annotations,
            Consumer<Method> check) {
        this.beans = beans;
        this.annotations = List.copyOf(annotations);
        this.check = check;
    }

    @Override
    public void afterSingletonsInstantiated() {
        Set<Class<?>> seen = new HashSet<>();
        for (String name : beans.getBeanDefinitionNames()) {
            Class<?> user = userClass(name);
            if (user != null
                    && !user.getName().startsWith("org.springframework.")
                    && AnnotationUtils.isCandidateClass(user, annotations)
                    && seen.add(user)) {
                checkType(user);
            }
        }
    }

    /** Without making the bean; of one that is made, what is behind its proxy. */
    private @Nullable Class<?> userClass(String name) {
        Object made = beans.getSingleton(name);
        Class<?> type = made == null || made instanceof FactoryBean
                ? beans.getType(name, false)
                : AopUtils.getTargetClass(made);
        return type == null ? null : ClassUtils.getUserClass(type);
    }

    private void checkType(Class<?> type) {
        List<Method> annotated = Arrays.stream(ReflectionUtils.getUniqueDeclaredMethods(type))
                .filter(method -> !method.isBridge() && isAnnotated(method))
                .toList();
        for (Method method : annotated) {
            String obstacle = obstacleOf(type, method);
            if (obstacle != null) {
                throw new InvalidAnnotationException(
                        method,
                        "@" + annotationOf(method) + " has no effect on a " + obstacle
                                + "; a proxy can't see it. Make the method and class overridable",
                        null);
            }
            check.accept(method);
        }
        if (!annotated.isEmpty()) {
            warnOfSelfInvocations(type, annotated);
        }
    }

    private boolean isAnnotated(Method method) {
        return annotations.stream().anyMatch(MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY)::isPresent);
    }

    private String annotationOf(Method method) {
        return annotations.stream()
                .filter(MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY)::isPresent)
                .findFirst()
                .orElseThrow()
                .getSimpleName();
    }

    private static @Nullable String obstacleOf(Class<?> type, Method method) {
        int modifiers = method.getModifiers();
        if (Modifier.isPrivate(modifiers)) {
            return "private method";
        }
        if (Modifier.isStatic(modifiers)) {
            return "static method";
        }
        if (Modifier.isFinal(modifiers)) {
            return "final method";
        }
        return Modifier.isFinal(type.getModifiers()) && type.getInterfaces().length == 0
                ? "method of a final class"
                : null;
    }

    /** In the class and those it extends, which also call the methods of their subclasses. */
    private static void warnOfSelfInvocations(Class<?> type, List<Method> annotated) {
        List<Class<?>> lineage = new ArrayList<>();
        for (Class<?> next = type; next != null && next != Object.class; next = next.getSuperclass()) {
            lineage.add(next);
        }
        SelfInvocations self = new SelfInvocations(lineage, annotated);
        for (Class<?> next : lineage) {
            try (InputStream in = next.getResourceAsStream(ClassUtils.getClassFileName(next))) {
                if (in != null) {
                    new ClassReader(in).accept(self, ClassReader.SKIP_DEBUG);
                }
            } catch (IOException ex) {
                LOG.debug("Can't look for self-invocations in " + next.getName(), ex);
            }
        }
    }

    /** Finds calls of annotated methods on the class itself; on another instance of it they would be seen too. */
    private static final class SelfInvocations extends ClassVisitor {

        private final String type;
        private final Set<String> owners;
        /** Names and descriptors of the annotated methods, and of the bridges to them. */
        private final Set<String> annotated;

        private final Set<String> told = new HashSet<>();

        SelfInvocations(List<Class<?>> lineage, List<Method> annotated) {
            super(SpringAsmInfo.ASM_VERSION);
            this.type = lineage.get(0).getSimpleName();
            this.owners = lineage.stream().map(Type::getInternalName).collect(Collectors.toSet());
            this.annotated = lineage.stream()
                    .flatMap(next -> Arrays.stream(next.getDeclaredMethods()))
                    .filter(method -> annotated.contains(method)
                            || method.isBridge() && annotated.contains(BridgeMethodResolver.findBridgedMethod(method)))
                    .map(method -> method.getName() + Type.getMethodDescriptor(method))
                    .collect(Collectors.toSet());
        }

        @Override
        public @Nullable MethodVisitor visitMethod(
                int access, String caller, String descriptor, @Nullable String signature, String @Nullable [] thrown) {
            if ((access & Opcodes.ACC_BRIDGE) != 0) {
                // The compiler's, for the same method.
                return null;
            }
            return new MethodVisitor(SpringAsmInfo.ASM_VERSION) {
                @Override
                public void visitMethodInsn(int opcode, String owner, String name, String called, boolean onInterface) {
                    // A special one is super's, or private.
                    if (opcode != Opcodes.INVOKESPECIAL) {
                        look(caller, owner, name, called);
                    }
                }

                @Override
                public void visitInvokeDynamicInsn(
                        String name, String described, Handle bootstrap, Object... arguments) {
                    for (Object argument : arguments) {
                        if (argument instanceof Handle handle) {
                            look(caller, handle.getOwner(), handle.getName(), handle.getDesc());
                        }
                    }
                }
            };
        }

        private void look(String caller, String owner, String name, String called) {
            if (owners.contains(owner) && annotated.contains(name + called) && told.add(caller + ' ' + name)) {
                LOG.warn(type + "." + caller + " calls " + type + "." + name
                        + " of its own class, which passes the proxy by: its annotation has no effect on that"
                        + " call. Move the annotated method to another bean, or inject this one");
            }
        }
    }
}
