-- Removes an entry; a load under way loses its claim, and who waits for it looks again.
--
-- KEYS[1]  the entry
-- KEYS[2]  the claim
--
-- Returns 1 if there was an entry, else 0.
-- O(waiting processes); 2 commands, with a load under way one more and one for each waiting process.
-- include wake
local existed = redis.call('UNLINK', KEYS[1])
local claim = redis.call('GET', KEYS[2])
if claim then
  redis.call('DEL', KEYS[2])
  wake(claim, '')
end
return existed
