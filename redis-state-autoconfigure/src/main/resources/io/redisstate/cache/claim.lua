-- Gives the entry if it is another than the caller has seen; else claims the right to load it, or queues for the wake-up
-- of who has. Running it again with the same token changes nothing.
--
-- KEYS[1]  the entry
-- KEYS[2]  the claim
-- KEYS[3]  writes that are still to be made, for caches that have such
-- ARGV[1]  token of the claim
-- ARGV[2]  how long the claim stands unless renewed, in ms
-- ARGV[3]  first bytes of the entry that the caller can't use, or "" if there is none
-- ARGV[4]  "<channel> <topic>" to be woken, or "" to not wait
-- ARGV[5]  the key among the writes to be made, if KEYS[3] is given
--
-- Returns {0, entry}, {1} if claimed, {2, ms until the claim lapses} if another has it, or
--         {3, message, ms left} after a failed load, or {4, entry} if its write is still to be made.
-- O(waiting processes); 2 to 5 commands.
local seen, waiter = ARGV[3], ARGV[4]
local entry = redis.pcall('GET', KEYS[1])
if type(entry) == 'string' and entry ~= '' and (seen == '' or string.sub(entry, 1, #seen) ~= seen) then
  return {0, entry}
end
if KEYS[3] then
  local write = redis.call('HGET', KEYS[3], ARGV[5])
  if write then
    return {4, string.sub(write, string.find(write, '\n', 1, true) + 1)}
  end
end
local claim = redis.call('GET', KEYS[2])
if not claim then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
  return {1}
end
if string.sub(claim, 1, 1) == '!' then
  return {3, string.sub(claim, 2), redis.call('PTTL', KEYS[2])}
end
if string.match(claim, '^[^\n]*') == ARGV[1] then
  return {1}
end
if waiter ~= '' and not string.find(claim .. '\n', '\n' .. waiter .. '\n', 1, true) then
  redis.call('SET', KEYS[2], claim .. '\n' .. waiter, 'KEEPTTL')
end
return {2, redis.call('PTTL', KEYS[2])}
