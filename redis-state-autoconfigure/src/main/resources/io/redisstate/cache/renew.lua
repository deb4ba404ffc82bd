-- Keeps the claims of loads that still run.
--
-- KEYS[1]  the claim
-- ARGV[1]  its token
-- ARGV[2]  how long it stands from now, in ms
--
-- Returns 1 if the claim stood, else 0.
-- O(1); 2 commands.
-- include wake
local claim = redis.call('GET', KEYS[1])
if claim and owner(claim) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
