-- Gives permits of a concurrency limit back, or prolongs them.
-- KEYS[1]  the state, as concurrency-check.lua keeps it
-- ARGV[1]  permit
-- ARGV[2]  how many
-- ARGV[3]  microseconds to prolong by; absent to give back
-- Returns  how many of them were still held. O(number)
local held = 0
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i = 1, ARGV[2] do
  local member = ARGV[1] .. '-' .. i
  if not ARGV[3] then
    held = held + redis.call('ZREM', KEYS[1], member)
  elseif tonumber(redis.call('ZSCORE', KEYS[1], member) or 0) > now then
    redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), member)
    redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[3] / 1000))
    held = held + 1
  end
end
return held
