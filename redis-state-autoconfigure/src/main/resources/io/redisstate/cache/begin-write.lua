-- Removes an entry whose value is about to be written elsewhere, and claims the right to store the new one: a load under way,
-- or another write, loses its claim, and those who ask meanwhile wait.
--
-- KEYS[1]  the entry
-- KEYS[2]  the claim
-- ARGV[1]  token of the claim
-- ARGV[2]  how long the claim stands unless renewed, in ms
--
-- Returns 1.
-- O(waiting processes); 3 commands, with a load under way one for each waiting process.
-- include wake
redis.call('UNLINK', KEYS[1])
local claim = redis.call('GET', KEYS[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
if claim then
  wake(claim, '')
end
return 1
