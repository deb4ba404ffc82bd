-- Removes a session whose time is over, and tells what was in it to one caller only. What is left until then is decided by
-- the TTL, which the server keeps.
-- KEYS[1]  the session
-- ARGV[1]  how long a session is kept after its end, in ms
-- Returns  its fields and values; {ms until its end} if that is still to come; empty if it was gone. O(fields)
local left = redis.call('PTTL', KEYS[1]) - ARGV[1]
if left > 0 then
  return { left }
end
local fields = redis.call('HGETALL', KEYS[1])
if #fields > 0 then
  redis.call('DEL', KEYS[1])
end
return fields
