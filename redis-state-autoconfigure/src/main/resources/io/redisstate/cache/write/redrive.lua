-- Puts a dead letter back into the queue, unless a later write of the key is there.
--
-- KEYS[1]  the dead letters
-- KEYS[2]  the order
-- KEYS[3]  the pending writes
-- KEYS[4]  the number of changes
-- ARGV[1]  the key
--
-- Returns 1 if there was one, else 0.
-- O(1); 2 to 6 commands.
local letter = redis.call('HGET', KEYS[1], ARGV[1])
if not letter then
  return 0
end
redis.call('HDEL', KEYS[1], ARGV[1])
if redis.call('HEXISTS', KEYS[3], ARGV[1]) == 0 then
  local errorSize, keySize, body = string.match(letter, '^%d+ (%d+) (%d+)\n()')
  local key = body + errorSize
  local entry = key + keySize
  redis.call('HSET', KEYS[3], ARGV[1], redis.call('INCR', KEYS[4]) .. '\n' .. string.sub(letter, entry))
  redis.call('XADD', KEYS[2], '*', 'k', ARGV[1], 'j', string.sub(letter, key, entry - 1))
end
return 1
