-- Pauses a queue, or lets it go on.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  topic of wake-ups
-- ARGV[2]  "1" to pause
-- Returns  1 if it was otherwise before. O(workers)
-- include keys
if ARGV[2] == '1' then
  return redis.call('HSET', control, 'paused', '1')
end
local changed = redis.call('HDEL', control, 'paused')
for _, channel in ipairs(redis.call('ZRANGE', workers, 0, -1)) do
  redis.call('PUBLISH', channel, ARGV[1])
end
return changed
