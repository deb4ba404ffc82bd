package io.redisstate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * How the packages may depend on one another. Each rule is proven by classes that break it, in {@code planted},
 * {@code plantedtoo} and {@code core.planted}.
 */
class ArchitectureTests {

    private static final String ROOT = "io.redisstate.";
    private static final Set<String> GLUE = Set.of("autoconfigure", "observe");

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.redisstate");
    private static final JavaClasses PLANTED =
            new ClassFileImporter().importPackages("io.redisstate.planted", "io.redisstate.plantedtoo");
    private static final JavaClasses PLANTED_IN_CORE =
            new ClassFileImporter().importPackages("io.redisstate.core.planted");

    private static final ArchRule FEATURES_KEEP_TO_THEMSELVES =
            ArchRuleDefinition.classes().that(areInFeatures()).should(useOnlyCoreAndTheirOwnFeature());

    private static final ArchRule CORE_USES_NO_FEATURE = ArchRuleDefinition.noClasses()
            .that()
            .resideInAPackage("io.redisstate.core..")
            .should()
            .dependOnClassesThat(areInFeatures()
                    .or(DescribedPredicate.describe("are glue", type -> GLUE.contains(featureOf(type)))));

    private static final ArchRule ONLY_GLUE_KNOWS_BOOT = ArchRuleDefinition.noClasses()
            .that(DescribedPredicate.describe("are no glue", type -> !GLUE.contains(featureOf(type))))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework.boot..");

    private static final ArchRule NO_CYCLES = SlicesRuleDefinition.slices()
            .matching("io.redisstate.(*)..")
            .should()
            .beFreeOfCycles();

    private static final ArchRule NULLS_ARE_MARKED =
            ArchRuleDefinition.classes().should(beInANullMarkedPackage());

    @Test
    void featuresUseOnlyCoreAndTheirOwnPackages() {
        FEATURES_KEEP_TO_THEMSELVES.check(MAIN);
        assertBroken(FEATURES_KEEP_TO_THEMSELVES, PLANTED, "BreaksEveryRule.other()", "plantedtoo.Other");
    }

    @Test
    void coreUsesNoFeature() {
        CORE_USES_NO_FEATURE.check(MAIN);
        assertBroken(CORE_USES_NO_FEATURE, PLANTED_IN_CORE, "core.planted.CoreUsesAFeature", "plantedtoo.Other");
        assertBroken(CORE_USES_NO_FEATURE, PLANTED_IN_CORE, "core.planted.CoreUsesGlue", "RedisStateAutoConfiguration");
    }

    @Test
    void onlyGlueKnowsSpringBoot() {
        ONLY_GLUE_KNOWS_BOOT.check(MAIN);
        assertBroken(ONLY_GLUE_KNOWS_BOOT, PLANTED, "BreaksEveryRule.other()", "SpringApplication");
    }

    @Test
    void packagesHaveNoCycles() {
        NO_CYCLES.check(MAIN);
        assertBroken(NO_CYCLES, PLANTED, "Slice planted", "Slice plantedtoo");
    }

    @Test
    void everyPackageIsNullMarked() {
        NULLS_ARE_MARKED.check(MAIN);
        assertBroken(NULLS_ARE_MARKED, PLANTED, "planted.BreaksEveryRule is not in a @NullMarked package");
    }

    @Test
    void noPackageIsNamedAfterNothing() {
        assertThat(namedAfterNothing(MAIN)).isEmpty();
        assertThat(namedAfterNothing(PLANTED)).containsExactly("package io.redisstate.planted.util", "PlantedImpl");
    }

    private static List<String> namedAfterNothing(JavaClasses classes) {
        Stream<String> packages = classes.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.matches(".*\\.(util|utils|common|helper|helpers|manager|impl|misc)(\\..*)?"))
                .map(name -> "package " + name);
        Stream<String> types = classes.stream().map(JavaClass::getSimpleName).filter(name -> name.endsWith("Impl"));
        return Stream.concat(packages, types).toList();
    }

    @Test
    void mostTypesOfAFeatureAreItsOwnBusiness() {
        assertThat(percentHidden(MAIN)).isGreaterThanOrEqualTo(40);
        assertThat(percentHidden(PLANTED)).isZero();
    }

    private static double percentHidden(JavaClasses classes) {
        List<JavaClass> types = classes.stream()
                .filter(type -> !type.isNestedClass() && !type.getSimpleName().equals("package-info"))
                .filter(type -> !featureOf(type).equals("core"))
                .toList();
        long hidden = types.stream()
                .filter(type -> !type.getModifiers().contains(JavaModifier.PUBLIC))
                .count();
        return hidden * 100.0 / types.size();
    }

    /** One violation has all these words: so the rule was not only failed because it found no classes. */
    private static void assertBroken(ArchRule rule, JavaClasses planted, String... words) {
        assertThat(rule.evaluate(planted).getFailureReport().getDetails())
                .anySatisfy(violation -> assertThat(violation).contains(words));
    }

    private static DescribedPredicate<JavaClass> areInFeatures() {
        return DescribedPredicate.describe("are in a feature", type -> {
            String feature = featureOf(type);
            return !feature.isEmpty() && !feature.equals("core") && !GLUE.contains(feature);
        });
    }

    private static ArchCondition<JavaClass> useOnlyCoreAndTheirOwnFeature() {
        return new ArchCondition<>("use only core and their own feature") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    String other = featureOf(dependency.getTargetClass());
                    if (!other.isEmpty() && !other.equals("core") && !other.equals(featureOf(type))) {
                        events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static ArchCondition<JavaClass> beInANullMarkedPackage() {
        return new ArchCondition<>("be in a package marked @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(new SimpleConditionEvent(type, marked, type.getName() + " is not in a @NullMarked package"));
            }
        };
    }

    /** The package below {@code io.redisstate}, which is a feature, core or glue; empty for other code. */
    private static String featureOf(JavaClass type) {
        String name = type.getBaseComponentType().getPackageName();
        if (!name.startsWith(ROOT)) {
            return "";
        }
        String rest = name.substring(ROOT.length());
        int end = rest.indexOf('.');
        return end < 0 ? rest : rest.substring(0, end);
    }
}
