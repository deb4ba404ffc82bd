-- Ends a consumer of an ordered group: another may lead, what it has not begun waits and was not delivered; then it counts
-- as dead.
--
-- KEYS       see lanes.lua
-- ARGV[1]    the group
-- ARGV[2]    the consumer
-- ARGV[3]    its token
-- ARGV[4]    1 if it has ended all it began; 0 if others may take the rest only when it no longer counts as alive
-- ARGV[5]    how often an entry is delivered at most
-- ARGV[6..]  ids of what it has not begun
--
-- Returns 1, or 0 if the process no longer owned the name
-- O(entries * log n).
-- include lanes
attempts = tonumber(ARGV[5])
if aliveness(me) ~= ARGV[3] then
  return 0
end
local lanes = {}
for i = 6, #ARGV do
  local name, deliveries = holder(ARGV[i])
  if name == me then
    local lane = put_back(ARGV[i], deliveries)
    if lane then
      lanes[lane] = true
    end
  end
end
refresh_all(lanes)
if redis.call('HGET', consumers, ':leader') == me then
  redis.call('HDEL', consumers, ':leader')
  freed = true
end
if ARGV[4] == '1' then
  if #redis.call('XPENDING', stream, group, '-', '+', 1, me) == 0 then
    redis.call('XGROUP', 'DELCONSUMER', stream, group, me)
    redis.call('HDEL', consumers, me)
  else
    redis.call('HSET', consumers, me, ARGV[3] .. ' 0')
    freed = true
  end
end
if freed then
  ring()
end
return 1
