-- Writes a session that came from elsewhere, unless there is one already.
-- KEYS[1]  the session
-- ARGV     see write-fields
-- Returns  1, or 0 if there was one. O(fields)
-- include write-fields
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 3, tonumber(ARGV[2]) + 2))
return write_rest(KEYS[1])
