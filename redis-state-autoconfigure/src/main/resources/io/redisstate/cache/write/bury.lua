-- Makes a dead letter of a write that was refused too often, unless the key was changed meanwhile: then it goes to the end of
-- the order.
--
-- KEYS[1]  the lease
-- KEYS[2]  the order
-- KEYS[3]  the pending writes
-- KEYS[4]  the dead letters
-- ARGV[1]  who has tried to write
-- ARGV[2]  id
-- ARGV[3]  key
-- ARGV[4]  key as JSON
-- ARGV[5]  number
-- ARGV[6]  what was thrown
--
-- Returns 1 if it is one now, 0 if not, or -1, and does nothing, if somebody else has the lease.
-- O(1); 6 commands.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return -1
end
local write = redis.call('HGET', KEYS[3], ARGV[3])
local removed = redis.call('XDEL', KEYS[2], ARGV[2])
if not write then
  return 0
end
local line = string.find(write, '\n', 1, true)
if string.sub(write, 1, line - 1) ~= ARGV[5] then
  if removed == 1 then
    redis.call('XADD', KEYS[2], '*', 'k', ARGV[3], 'j', ARGV[4])
  end
  return 0
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local head = now .. ' ' .. #ARGV[6] .. ' ' .. #ARGV[4] .. '\n'
redis.call('HSET', KEYS[4], ARGV[3], head .. ARGV[6] .. ARGV[4] .. string.sub(write, line + 1))
redis.call('HDEL', KEYS[3], ARGV[3])
return 1
