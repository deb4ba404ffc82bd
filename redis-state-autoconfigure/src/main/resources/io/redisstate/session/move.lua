-- Gives a session another id and writes what has changed in it, unless the session is gone.
-- KEYS[1]  the session   KEYS[2]  the session by its new id
-- ARGV     see write-fields
-- Returns  1, or 0 if it is gone. O(fields)
-- include write-fields
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
-- First what a server without memory refuses: it would rename all the same.
redis.call('HSET', KEYS[1], unpack(ARGV, 3, tonumber(ARGV[2]) + 2))
redis.call('RENAME', KEYS[1], KEYS[2])
return write_rest(KEYS[2])
