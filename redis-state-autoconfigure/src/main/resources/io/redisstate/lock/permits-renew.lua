-- Begins the lease of permits anew.
-- KEYS[1]  the holders
-- ARGV[1]  lease
-- ARGV[2]  permits
-- ARGV[3]  lease in ms
-- Returns  1, or 0 if they are not held any more. O(log holders)
local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local now = (us - us % 1000) / 1000
local member = ARGV[1] .. ':' .. ARGV[2]
local score = redis.call('ZSCORE', KEYS[1], member)
if not score or tonumber(score) <= now then
  return 0
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), member)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
