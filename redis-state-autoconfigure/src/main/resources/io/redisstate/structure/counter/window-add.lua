-- Adds to the count of the window that is now, and forgets windows that are too old.
-- KEYS[1]  a hash of counts by number of the window
-- ARGV[1]  how much   ARGV[2]  ms of a window   ARGV[3]  how many windows are kept
-- Returns  the count of this window. O(1), O(windows) for the first of a window
local time = redis.call('TIME')
local window = math.floor((time[1] * 1000 + math.floor(time[2] / 1000)) / ARGV[2])
local new = redis.call('HEXISTS', KEYS[1], string.format('%.0f', window)) == 0
local count = redis.call('HINCRBY', KEYS[1], string.format('%.0f', window), ARGV[1])
if new then
  for _, other in ipairs(redis.call('HKEYS', KEYS[1])) do
    if tonumber(other) <= window - ARGV[3] then
      redis.call('HDEL', KEYS[1], other)
    end
  end
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ARGV[2] * (ARGV[3] + 1)))
end
return count
