-- A new version of a cache or a tag, which invalidates all entries of before.
--
-- KEYS[1]  the version
-- ARGV[1]  how long it must last, in ms; 0 for ever
--
-- Returns the version, which is the server's time in us, and later than the last in any case.
-- O(1); 4 or 5 commands.
local time = redis.call('TIME')
local last = tonumber(redis.call('GET', KEYS[1]) or 0)
local version = math.max(time[1] * 1000000 + time[2], last + 1)
local text = string.format('%.0f', version)
local ttl = tonumber(ARGV[1])
local life = ttl > 0 and math.max(2 * ttl, redis.call('PTTL', KEYS[1])) or 0
-- Memory is checked at the first write only, and a DEL may always be made: what a full server holds is invalidated too.
redis.call('DEL', KEYS[1])
if ttl > 0 then
  redis.call('SET', KEYS[1], text, 'PX', life)
else
  redis.call('SET', KEYS[1], text)
end
return version
