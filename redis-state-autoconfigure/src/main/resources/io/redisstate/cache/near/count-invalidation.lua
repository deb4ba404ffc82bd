-- Counts an invalidation of a tag.
--
-- KEYS[1]  the number of invalidations
--
-- Returns the number.
-- O(1); 2 commands.
-- Memory is checked at the first write only, and a PERSIST, which changes nothing here, may always be made.
redis.call('PERSIST', KEYS[1])
return redis.call('INCR', KEYS[1])
