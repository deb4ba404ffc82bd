-- Removes a session and tells what was in it, to one caller only.
-- KEYS[1]  the session
-- Returns  its fields and values; empty if it was gone. O(fields)
local fields = redis.call('HGETALL', KEYS[1])
if #fields > 0 then
  redis.call('DEL', KEYS[1])
end
return fields
