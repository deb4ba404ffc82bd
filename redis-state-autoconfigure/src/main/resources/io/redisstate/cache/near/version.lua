-- The version of a cache or a tag; a missing one is made, never an earlier one again, so entries of before stay invalid.
--
-- KEYS[1]  the version
-- ARGV[1]  how long it must last, in ms; 0 for ever
--
-- Returns the version, which is the server's time in us when it was made.
-- O(1); 1 to 3 commands.
local version = redis.call('GET', KEYS[1])
local ttl = tonumber(ARGV[1])
if version then
  -- Half of it, because each extension makes all processes read the version again.
  if ttl > 0 and redis.call('PTTL', KEYS[1]) < ttl then
    redis.call('PEXPIRE', KEYS[1], 2 * ttl)
  end
  return tonumber(version)
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
if ttl > 0 then
  redis.call('SET', KEYS[1], now, 'PX', 2 * ttl)
else
  redis.call('SET', KEYS[1], now)
end
return tonumber(now)
