-- Defines a recurring job, unless it is so defined already.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  topic of wake-ups
-- ARGV[2]  "1" in a cluster
-- ARGV[3]  name
-- ARGV[4]  definition; '' to remove it
-- ARGV[5]  first tick in ms; '' to ask whether one is needed
-- Returns  {what, now ms}; what is 0 it was so before, 1 a first tick is needed, 2 it is so now. O(log n)
-- include keys
-- include place
local name, definition = ARGV[3], ARGV[4]
local known = redis.call('HGET', recurring, name)
if definition == '' then
  redis.call('HDEL', recurring, name)
  return { redis.call('ZREM', ticks, name) == 1 and 2 or 0, now }
end
if known == definition and redis.call('ZSCORE', ticks, name) then
  return { 0, now }
end
if ARGV[5] == '' then
  return { 1, now }
end
redis.call('HSET', recurring, name, definition)
redis.call('ZADD', ticks, ARGV[5], name)
wake(1, ARGV[1], ARGV[2] == '1')
return { 2, now }
