package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScriptTests {

    private static final Script<Long> ECHO = Script.load(ScriptTests.class, "echo", Reply.LONG);

    @Test
    void theDigestIsWhatRedisCallsTheScriptBy() {
        assertThat(new String(ECHO.digest(), StandardCharsets.US_ASCII)).matches("[0-9a-f]{40}");
        assertThat(ECHO).hasToString("echo.lua");
    }

    @Test
    void aMissingFileNamesTheFileAndItsOwner() {
        assertThatIllegalStateException()
                .isThrownBy(() -> Script.load(ScriptTests.class, "absent", Reply.LONG))
                .withMessage("No script absent.lua beside io.redisstate.core.ScriptTests");
    }

    @Test
    void argumentsAreTextNumbersOrBytes() {
        ScriptCall<Long> call = ECHO.call(List.of("key:ü"), "täxt", 42L, new byte[] {0, -1});

        assertThat(call.keysAndArguments())
                .isDeepEqualTo(
                        new byte[][] {KeySpace.bytes("key:ü"), KeySpace.bytes("täxt"), KeySpace.bytes("42"), {0, -1}});
    }

    @Test
    void aCallNeedsAKeyBecauseTheKeyChoosesTheClusterNode() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ECHO.call(List.of(), "value"))
                .withMessageContaining("echo.lua");
    }
}
