/** What sessions need of a web server's requests: who the client is, an answer while Redis is away, and a registry
 * for Spring Security. */
@NullMarked
package io.redisstate.session.web;

import org.jspecify.annotations.NullMarked;
