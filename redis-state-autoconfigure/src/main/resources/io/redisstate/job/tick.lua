-- Turns a tick of a recurring job into a job, once: whoever comes second changes nothing.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  topic of wake-ups
-- ARGV[2]  "1" in a cluster
-- ARGV[3]  name
-- ARGV[4]  the tick in ms
-- ARGV[5]  the next one
-- ARGV[6]  and so on: the job, see accept.lua; absent if the tick is skipped
-- Returns  1 if this call did it. O(log m)
-- include keys
-- include place
-- include accept
local tick = redis.call('ZSCORE', ticks, ARGV[3])
if not tick or tonumber(tick) ~= tonumber(ARGV[4]) or tonumber(tick) > now then
  return 0
end
redis.call('ZADD', ticks, ARGV[5], ARGV[3])
accept(6, ARGV[1], ARGV[2] == '1')
return 1
