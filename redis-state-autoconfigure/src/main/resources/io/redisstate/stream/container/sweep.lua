-- Gives a consumer pending entries that nobody works on: its own, whose reply was lost or that it had in an earlier life,
-- or, where it has become the active one of an ordered group, those of all dead consumers too, in their order.
--
-- KEYS[1]   the stream
-- KEYS[2]   the group's consumers: see join.lua
-- KEYS[3]   the entries that wait for another try: see tick.lua
-- ARGV[1]   the group
-- ARGV[2]   the consumer
-- ARGV[3]   the process's token
-- ARGV[4]   1 for the entries of all dead consumers, and those that wait for another try too; 0 for its own
-- ARGV[5]   after this id, or "-" for the beginning
-- ARGV[6]   how many entries at most
-- ARGV[7..] ids that the process is working on
--
-- Returns {the last id looked at, or "" at the end; {ids that no longer exist};
--          {{id, deliveries, {field, value, ...}}, ...}}, or {} if the process no longer owns the name
-- O(entries looked at, 256 at most).
local group, me, all, want = ARGV[1], ARGV[2], ARGV[4] == '1', tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function aliveness(name)
  local owner, alive = string.match(redis.call('HGET', KEYS[2], name) or '', '^(%S+) (%d+)$')
  return owner, tonumber(alive or 0)
end
if aliveness(me) ~= ARGV[3] then
  return {}
end
local working = {}
for i = 7, #ARGV do
  working[ARGV[i]] = true
end

local from = ARGV[5] == '-' and '-' or '(' .. ARGV[5]
local page
if all then
  page = redis.call('XPENDING', KEYS[1], group, from, '+', 256)
else
  page = redis.call('XPENDING', KEYS[1], group, from, '+', 256, me)
end
local given, lost = {}, {}
local last = ''
for _, entry in ipairs(page) do
  local id, name = entry[1], entry[2]
  if #given >= want then
    return {last, lost, given}
  end
  last = id
  local free = not working[id]
  if free and name ~= me then
    local owner, alive = aliveness(name)
    free = not owner or alive <= now
    if free and owner then
      -- Should its process live after all, it has to join again.
      redis.call('HSET', KEYS[2], name, 'dead 0')
    end
  end
  if free and (all or not redis.call('ZSCORE', KEYS[3], id)) then
    redis.call('ZREM', KEYS[3], id)
    local claimed = redis.call('XCLAIM', KEYS[1], group, me, 0, id)[1]
    if claimed then
      given[#given + 1] = {id, entry[4] + 1, claimed[2]}
    else
      lost[#lost + 1] = id
    end
  end
end
return {#page < 256 and '' or last, lost, given}
