/** What sessions need of a web server's requests: who the client is, and an answer while Redis is away. */
@NullMarked
package io.redisstate.session.web;

import org.jspecify.annotations.NullMarked;
