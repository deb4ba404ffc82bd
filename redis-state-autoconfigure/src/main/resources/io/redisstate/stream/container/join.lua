-- Makes the group, and the stream, where they are missing, and registers a consumer unless another process has its name.
--
-- KEYS[1]  the stream
-- KEYS[2]  the group's consumers: a hash of name to "<token of the process> <ms until which it counts as alive>"
-- KEYS[3..] what an earlier group of the name may have left; deleted where the group is new
-- ARGV[1]  the group
-- ARGV[2]  the consumer
-- ARGV[3]  the process's token for this membership; never that of an earlier one
-- ARGV[4]  how long it counts as alive without another sign of life, in ms
-- ARGV[5]  where a new group begins: an id, 0 or $
-- ARGV[6]  what all tokens of the process begin with
--
-- Returns {1 if registered, 0 if the name is taken; 1 if the group is new, else 0}
-- O(1); 4 commands.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], ARGV[5], 'MKSTREAM')
local new = 1
if type(made) == 'table' and made.err then
  if not string.find(made.err, 'BUSYGROUP', 1, true) then
    return made
  end
  new = 0
elseif #KEYS > 2 then
  redis.call('DEL', unpack(KEYS, 3))
end
local known = redis.call('HGET', KEYS[2], ARGV[2])
if known then
  local token, alive = string.match(known, '^(%S+) (%d+)$')
  if token ~= ARGV[3] and tonumber(alive) > now and string.sub(token, 1, #ARGV[6]) ~= ARGV[6] then
    return {0, new}
  end
end
redis.call('HSET', KEYS[2], ARGV[2], string.format('%s %.0f', ARGV[3], now + ARGV[4]))
return {1, new}
