-- Stores a loaded entry and wakes who waits for it, if the claim still stands: an eviction or a put since then wins.
--
-- KEYS[1]  the entry
-- KEYS[2]  the claim
-- ARGV[1]  token of the claim
-- ARGV[2]  the entry
-- ARGV[3]  how long it is kept, in ms
--
-- Returns 1 if stored, else 0.
-- O(waiting processes); 3 commands and one for each waiting process.
-- include wake
local claim = redis.call('GET', KEYS[2])
if not claim or owner(claim) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
wake(claim, '')
return 1
