-- Gives a consumer pending entries that nobody works on: its own, whose reply was lost or that it had in an earlier life.
-- What may be delivered only once more becomes a suspect instead: see tick.lua.
--
-- KEYS[1]   the stream
-- KEYS[2]   the group's consumers: see join.lua
-- KEYS[3]   the entries that wait for another try: see tick.lua
-- ARGV[1]   the group
-- ARGV[2]   the consumer
-- ARGV[3]   the process's token
-- ARGV[4]   after this id, or "-" for the beginning
-- ARGV[5]   how many entries at most
-- ARGV[6]   how often an entry is delivered at most
-- ARGV[7..] ids that the process is working on
--
-- Returns {the last id looked at, or "" at the end; {ids that no longer exist};
--          {{id, deliveries, {field, value, ...}}, ...}}, or {} if the process no longer owns the name
-- O(entries looked at, 256 at most).
local group, me, want, attempts = ARGV[1], ARGV[2], tonumber(ARGV[5]), tonumber(ARGV[6])
if string.match(redis.call('HGET', KEYS[2], me) or '', '^(%S+) ') ~= ARGV[3] then
  return {}
end
local working = {}
for i = 7, #ARGV do
  working[ARGV[i]] = true
end

local from = ARGV[4] == '-' and '-' or '(' .. ARGV[4]
local page = redis.call('XPENDING', KEYS[1], group, from, '+', 256, me)
local given, lost = {}, {}
local last = ''
for _, entry in ipairs(page) do
  local id = entry[1]
  if #given >= want then
    return {last, lost, given}
  end
  last = id
  if not working[id] and not redis.call('ZSCORE', KEYS[3], id) then
    local suspect = attempts > 1 and entry[4] + 1 == attempts
    local claimed
    if suspect then
      claimed = redis.call('XCLAIM', KEYS[1], group, ':suspects', 0, id, 'JUSTID')[1]
    else
      claimed = redis.call('XCLAIM', KEYS[1], group, me, 0, id)[1]
    end
    if claimed and not suspect then
      given[#given + 1] = {id, entry[4] + 1, claimed[2]}
    elseif not claimed then
      lost[#lost + 1] = id
    end
  end
end
return {#page < 256 and '' or last, lost, given}
