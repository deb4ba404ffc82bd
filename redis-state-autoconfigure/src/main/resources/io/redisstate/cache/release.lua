-- Gives a claim back without an entry and wakes who waits; after a failed load it leaves the message for a while, so that
-- not everybody tries at once.
--
-- KEYS[1]  the claim
-- ARGV[1]  token of the claim
-- ARGV[2]  what failed, or "" if nothing did
-- ARGV[3]  how long that is left, in ms; 0 for not at all
--
-- Returns 1 if the claim stood, else 0.
-- O(waiting processes); 2 commands and one for each waiting process.
-- include wake
local claim = redis.call('GET', KEYS[1])
if not claim or owner(claim) ~= ARGV[1] then
  return 0
end
if ARGV[2] ~= '' and tonumber(ARGV[3]) > 0 then
  redis.call('SET', KEYS[1], '!' .. ARGV[2], 'PX', ARGV[3])
else
  redis.call('DEL', KEYS[1])
end
wake(claim, ARGV[2] == '' and '' or '!' .. ARGV[2])
return 1
