-- Writes what has changed in a session, unless the session is gone.
-- KEYS[1]  the session
-- ARGV     see write-fields; the first of the fields is one that every session has
-- Returns  1, or 0 if it is gone. O(fields)
-- include write-fields
local pairs = tonumber(ARGV[2])
if redis.call('HSET', KEYS[1], unpack(ARGV, 3, pairs + 2)) * 2 == pairs then
  -- Not even the field that every session has was there: nothing may come back to life by a late write.
  redis.call('DEL', KEYS[1])
  return 0
end
return write_rest(KEYS[1])
