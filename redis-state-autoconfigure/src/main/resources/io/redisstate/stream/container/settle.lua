-- Acknowledges entries, and notes when others are to be tried again, if they are still the consumer's.
--
-- As long as the consumer is the member it was when it read them, nobody can have taken anything from it. Where it had to
-- join again, or counts as dead, each entry is looked up; where another process has its name, none is its own.
--
-- KEYS[1]  the stream
-- KEYS[2]  the group's consumers: see join.lua
-- KEYS[3]  the entries that wait for another try: see tick.lua
-- ARGV[1]  the group
-- ARGV[2]  the consumer
-- ARGV[3]  the token with which it read them
-- ARGV[4]  what all tokens of its process begin with
-- ARGV[5]  in how many ms to try the entries again, or -1 to acknowledge them
-- ARGV[6..] the ids
--
-- Returns how many were still the consumer's
-- O(entries); 2 commands to acknowledge.
local known = redis.call('HGET', KEYS[2], ARGV[2])
local owner = known and string.match(known, '^(%S+) ')
local ids = {}
if owner == ARGV[3] then
  if ARGV[5] == '-1' then
    return redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 6))
  end
  ids = {unpack(ARGV, 6)}
elseif not owner or owner == 'dead' or string.sub(owner, 1, #ARGV[4]) == ARGV[4] then
  for i = 6, #ARGV do
    local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1)
    if pending[1] and pending[1][2] == ARGV[2] then
      ids[#ids + 1] = ARGV[i]
    end
  end
end
if #ids == 0 then
  return 0
end
if ARGV[5] == '-1' then
  redis.call('XACK', KEYS[1], ARGV[1], unpack(ids))
else
  local time = redis.call('TIME')
  local due = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[5])
  for _, id in ipairs(ids) do
    redis.call('ZADD', KEYS[3], string.format('%.0f', due), id)
  end
end
return #ids
