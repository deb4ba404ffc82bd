-- Enqueues one job that is ready at once, has no unique key and waits for no other: by far the commonest, so this does
-- nothing else. What the keys hold is described in keys.lua, what a turn is in place.lua.
-- KEYS[1]  data
-- KEYS[2]  ready
-- KEYS[3]  order
-- KEYS[4]  idle
-- ARGV[1]  topic of its workers' wake-ups
-- ARGV[2]  "1" in a cluster
-- ARGV[3]  id
-- ARGV[4]  header and body, see accept.lua
-- ARGV[5]  field of the turn last taken
-- ARGV[6]  field of the turn last given to its group
-- ARGV[7]  score of turn 0 at its priority
-- Returns  1, or 0 if it was enqueued before. O(log m); six commands. The first write is one that a full server refuses
local time = redis.call('TIME')
local now = time[1] .. string.sub(time[2] + 1000000, 2, 4)
if redis.call('HSETNX', KEYS[1], ARGV[3], now .. ' ' .. now .. ' ' .. ARGV[4]) == 0 then
  return 0
end
local turns = redis.call('HMGET', KEYS[3], ARGV[5], ARGV[6])
local turn = math.max(turns[1] or 0, turns[2] or 0) + 1
redis.call('HSET', KEYS[3], ARGV[6], turn)
redis.call('ZADD', KEYS[2], ARGV[7] + turn, ARGV[3])
local channel = redis.call('ZPOPMAX', KEYS[4])[1]
while channel and redis.call('PUBLISH', channel, ARGV[1]) == 0 and ARGV[2] ~= '1' do
  channel = redis.call('ZPOPMAX', KEYS[4])[1]
end
return 1
