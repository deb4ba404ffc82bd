-- All recurring jobs.
-- KEYS     those of the queue, see keys.lua
-- Returns  {name, definition, next tick in ms, ...}. O(n); reads only
-- include keys
local reply, all = {}, redis.call('HGETALL', recurring)
for i = 1, #all, 2 do
  reply[#reply + 1] = all[i]
  reply[#reply + 1] = all[i + 1]
  reply[#reply + 1] = tonumber(redis.call('ZSCORE', ticks, all[i]) or 0)
end
return reply
