-- Extends a lease that is still its owner's. The value is described in acquire.lua; the queue stays as it is.
--
-- KEYS[1]  the lock
-- ARGV[1]  id of the request that owns it
-- ARGV[2]  lease in ms, from now
-- ARGV[3]  grace in ms
--
-- Returns 1, or 0 if the lock is another's or nobody's
-- O(length of the queue); 3 commands.
local value = redis.call('GET', KEYS[1])
if not value then
  return 0
end
local owner, last, queue = string.match(value, '^(%S+) (%d+) %d+(.*)$')
if owner ~= ARGV[1] then
  return 0
end
local time = redis.call('TIME')
local expiry = math.floor((time[1] * 1000000 + time[2]) / 1000) + tonumber(ARGV[2])
redis.call('SET', KEYS[1], string.format('%s %s %.0f', owner, last, expiry) .. queue, 'PX', ARGV[2] + ARGV[3])
return 1
