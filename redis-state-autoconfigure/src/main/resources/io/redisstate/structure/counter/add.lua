-- Adds to a counter and keeps it for a while.
-- KEYS[1]  the counter
-- ARGV[1]  how much   ARGV[2]  ms that it is kept from now on
-- Returns  the new count. O(1)
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return count
