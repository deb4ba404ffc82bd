-- How many entries a stream has.
--
-- KEYS[1]  the stream
--
-- Returns the number, 0 if there is no stream
-- O(1); 1 command.
return redis.call('XLEN', KEYS[1])
