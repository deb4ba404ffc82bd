-- Stores an entry unless there is one.
--
-- KEYS[1]  the entry
-- KEYS[2]  the claim
-- ARGV[1]  the entry
-- ARGV[2]  how long it is kept, in ms
-- ARGV[3]  first bytes of an entry that counts as absent, or ""
--
-- Returns the entry that is there, or nil if the new one was stored.
-- O(waiting processes); 3 commands, with a load under way one more and one for each waiting process.
-- include wake
local seen = ARGV[3]
local entry = redis.pcall('GET', KEYS[1])
if type(entry) == 'string' and entry ~= '' and (seen == '' or string.sub(entry, 1, #seen) ~= seen) then
  return entry
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local claim = redis.call('GET', KEYS[2])
if claim then
  redis.call('DEL', KEYS[2])
  wake(claim, '')
end
return false
