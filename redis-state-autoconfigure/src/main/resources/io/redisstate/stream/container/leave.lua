-- Ends a consumer: what it has not begun is for the others at once and was not delivered; then it counts as dead.
--
-- KEYS[1]  the stream
-- KEYS[2]  the group's consumers: see join.lua
-- KEYS[3]  the entries that wait for another try: see tick.lua
-- ARGV[1]  the group
-- ARGV[2]  the consumer
-- ARGV[3]  the process's token
-- ARGV[4]  1 if it has ended all it began; 0 if others may take the rest only when it no longer counts as alive
-- ARGV[5..] ids of what it has not begun
--
-- Returns 1, or 0 if the process no longer owned the name
-- O(entries).
local known = redis.call('HGET', KEYS[2], ARGV[2])
if not known or string.match(known, '^(%S+) ') ~= ARGV[3] then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 5, #ARGV do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1)[1]
  if pending and pending[2] == ARGV[2] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'RETRYCOUNT', math.max(pending[4] - 1, 0), 'JUSTID')
    redis.call('ZADD', KEYS[3], string.format('%.0f', now), ARGV[i])
  end
end
if ARGV[4] == '0' then
  return 1
end
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) == 0 then
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
  redis.call('HDEL', KEYS[2], ARGV[2])
else
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[3] .. ' 0')
end
return 1
