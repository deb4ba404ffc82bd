-- The counts of the latest windows.
-- KEYS[1]  a hash of counts by number of the window
-- ARGV[1]  ms of a window   ARGV[2]  how many windows
-- Returns  {number of the window that is now, its count, that of the window before, ...}. O(windows)
local time = redis.call('TIME')
local window = math.floor((time[1] * 1000 + math.floor(time[2] / 1000)) / ARGV[1])
local reply = { window }
for i = 0, ARGV[2] - 1 do
  reply[i + 2] = tonumber(redis.call('HGET', KEYS[1], string.format('%.0f', window - i)) or 0)
end
return reply
