-- Extends a lease that is still its owner's. The value is described in acquire.lua.
--
-- KEYS[1]  the lock
-- ARGV[1]  id of the request that owns it
-- ARGV[2]  lease from now and grace together, in ms
--
-- Returns 1, or 0 if the lock is another's or nobody's
-- O(length of the queue); 2 commands.
local value = redis.call('GET', KEYS[1])
if not value or (value ~= ARGV[1] and string.sub(value, 1, #ARGV[1] + 1) ~= ARGV[1] .. '\n') then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
