package io.redisstate.planted;

import io.redisstate.plantedtoo.Other;
import org.springframework.boot.SpringApplication;

/** Another feature's class, Spring Boot, and a cycle, in a package that says nothing of null. */
public final class BreaksEveryRule {

    public Other other() {
        return new Other(this, SpringApplication.class);
    }
}
