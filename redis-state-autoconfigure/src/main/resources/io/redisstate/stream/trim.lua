-- Trims a stream by length or age, but drops nothing that a group has not yet been given or has not yet acknowledged.
--
-- KEYS[1]  the stream
-- ARGV[1]  MAXLEN or MINID (by age)
-- ARGV[2]  the length, or the age in ms
-- ARGV[3]  how many entries to drop by length at most
--
-- Returns the number of entries dropped
-- O(groups + entries dropped); at most 5 commands and one for each group.
local function less(a, b)
  local ams, aseq = string.match(a, '^(%d+)-?(%d*)$')
  local bms, bseq = string.match(b, '^(%d+)-?(%d*)$')
  if ams ~= bms then
    return #ams < #bms or #ams == #bms and ams < bms
  end
  return #aseq < #bseq or #aseq == #bseq and aseq < bseq
end

if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
local cut
if ARGV[1] == 'MAXLEN' then
  local excess = math.min(redis.call('XLEN', KEYS[1]) - ARGV[2], tonumber(ARGV[3]))
  if excess <= 0 then
    return 0
  end
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', excess)
  cut = first[#first][1]
else
  local time = redis.call('TIME')
  local ms = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[2])
  cut = string.format('%.0f-0', math.max(ms, 0))
end
-- Up to and including "cut" may go. Of what a group was given, its oldest pending entry must stay; the rest, all of it.
local stays
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local facts = {}
  for i = 1, #group, 2 do
    facts[group[i]] = group[i + 1]
  end
  local given = facts['last-delivered-id']
  if less(given, cut) then
    cut = given
  end
  if facts['pending'] > 0 then
    local oldest = redis.call('XPENDING', KEYS[1], facts['name'])[2]
    if not stays or less(oldest, stays) then
      stays = oldest
    end
  end
end
if stays and not less(cut, stays) then
  return redis.call('XTRIM', KEYS[1], 'MINID', '=', stays)
end
local ms, sequence = string.match(cut, '^(%d+)-(%d+)$')
return redis.call('XTRIM', KEYS[1], 'MINID', '=', ms .. '-' .. string.format('%.0f', sequence + 1))
