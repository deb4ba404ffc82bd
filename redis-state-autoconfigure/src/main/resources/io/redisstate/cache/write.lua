-- Puts a write into the queue of those to be made, in the place of an earlier one of the key, and stores the entry; a load
-- under way loses its claim, since what it loads is older.
--
-- KEYS[1]  the entry
-- KEYS[2]  the claim
-- KEYS[3]  the order
-- KEYS[4]  the pending writes
-- KEYS[5]  the dead letters
-- KEYS[6]  the number of changes
-- ARGV[1]  the entry
-- ARGV[2]  how long it is kept, in ms; 0 if it is only queued
-- ARGV[3]  the key
-- ARGV[4]  the key as JSON
-- ARGV[5]  how many keys may wait
--
-- Returns 1 if queued, 2 if it took the place of an earlier one, or 0, and does nothing, if too many wait.
-- O(waiting processes); 6 or 7 commands, with a load under way one more and one for each waiting process.
-- include wake
local earlier = redis.call('HEXISTS', KEYS[4], ARGV[3])
if earlier == 0 and redis.call('HLEN', KEYS[4]) + redis.call('HLEN', KEYS[5]) >= tonumber(ARGV[5]) then
  return 0
end
redis.call('HSET', KEYS[4], ARGV[3], redis.call('INCR', KEYS[6]) .. '\n' .. ARGV[1])
if earlier == 0 then
  redis.call('XADD', KEYS[3], '*', 'k', ARGV[3], 'j', ARGV[4])
end
if ARGV[2] == '0' then
  redis.call('UNLINK', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
local claim = redis.call('GET', KEYS[2])
if claim then
  redis.call('DEL', KEYS[2])
  wake(claim, '')
end
return 1 + earlier
