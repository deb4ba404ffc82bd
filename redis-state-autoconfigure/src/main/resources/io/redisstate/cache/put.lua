-- Stores an entry; a load under way loses its claim, since what it loads is older.
--
-- KEYS[1]  the entry
-- KEYS[2]  the claim
-- ARGV[1]  the entry
-- ARGV[2]  how long it is kept, in ms
--
-- Returns 1.
-- O(waiting processes); 2 commands, with a load under way one more and one for each waiting process.
-- include wake
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local claim = redis.call('GET', KEYS[2])
if claim then
  redis.call('DEL', KEYS[2])
  wake(claim, '')
end
return 1
