-- Finds entries of an ordered group that nobody works on: those of the consumer whose reply was lost, or which it had in an
-- earlier life, wait again; those that have been read but have no lane are for the leader to put into one.
--
-- KEYS       see lanes.lua
-- ARGV[1]    the group
-- ARGV[2]    the consumer
-- ARGV[3]    its token
-- ARGV[4]    1 to give those without a lane to the leader, 0 to let its own wait
-- ARGV[5]    after this id, or "-" for the beginning
-- ARGV[6]    how often an entry is delivered at most
-- ARGV[7..]  ids that the process is working on
--
-- Returns {the last id looked at, or "" at the end; {ids that no longer exist}; {{id, {field, value, ...}}, ...} without a
--   lane}, or {} if the process no longer owns the name, or no longer leads
-- O(entries looked at * log n), 256 at most.
-- include lanes
attempts = tonumber(ARGV[6])
local unlaned = ARGV[4] == '1'
if aliveness(me) ~= ARGV[3] or unlaned and redis.call('HGET', consumers, ':leader') ~= me then
  return {}
end
local working = {}
for i = 7, #ARGV do
  working[ARGV[i]] = true
end
local from = ARGV[5] == '-' and '-' or '(' .. ARGV[5]
local page = redis.call('XPENDING', stream, group, from, '+', 256, unlaned and ':lanes' or me)
local found, lanes = {}, {}
for _, entry in ipairs(page) do
  local id = entry[1]
  if unlaned then
    local lane = redis.call('ZSCORE', order, padded(id))
    if lane then
      lanes[lane] = true
    else
      local present = redis.call('XRANGE', stream, id, id)[1]
      if present then
        found[#found + 1] = present
      else
        redis.call('XACK', stream, group, id)
        lost[#lost + 1] = id
      end
    end
  elseif not working[id] then
    local lane = put_back(id, entry[4] + 1)
    if lane then
      lanes[lane] = true
    end
  end
end
refresh_all(lanes)
if freed then
  ring()
end
return {#page < 256 and '' or page[#page][1], lost, found}
