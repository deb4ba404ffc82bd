-- Takes permits of a fixed window for local use: as many as there are, up to the number asked for.
-- KEYS[1]  the state, as fixed-window-check.lua keeps it
-- ARGV[1]  how many
-- ARGV[2]  limit
-- ARGV[3]  window in ms
-- Returns  {taken, ms until the window ends}. O(1)
local count = tonumber(redis.call('GET', KEYS[1]) or 0)
local taken = math.max(0, math.min(ARGV[1], ARGV[2] - count))
if taken > 0 and redis.call('INCRBY', KEYS[1], taken) == taken then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return { taken, redis.call('PTTL', KEYS[1]) }
