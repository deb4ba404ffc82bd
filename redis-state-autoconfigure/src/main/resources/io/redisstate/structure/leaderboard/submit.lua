-- Gives members scores.
-- KEYS[1]  the board   KEYS[2]  the times   KEYS[3]  the distinct orders, for dense ranks only
-- ARGV[1]  'set', 'better' to take a score only if it is better, or 'add' to add to the score there is
-- ARGV[2]  how many members are kept; 0 all
-- ARGV[3]  ms that the board is kept from now on; 0 for ever   ARGV[4]  epoch ms at which it ends; 0 never
-- ARGV[5..]  member, order, ...
-- Returns  {how many changed} for several; for one {0 or 1, order, before, better, better scores}, without the last four if
--          the member did not make it onto the board. O(log n) each
-- include standings
local time = redis.call('TIME')
local last = math.max(time[1] * 1000000 + time[2] - 1, tonumber(redis.call('HGET', KEYS[2], '') or 0))
local changed = 0
for i = 5, #ARGV, 2 do
  local member, order = ARGV[i], tonumber(ARGV[i + 1])
  local old, since = place(member)
  if old and ARGV[1] == 'add' then
    order = old + order
    if order ~= order or order == math.huge or order == -math.huge then
      return redis.error_reply('ERR the score of a member would not be finite')
    end
  end
  local different = not old or (ARGV[1] == 'better' and order < tonumber(old))
    or (ARGV[1] ~= 'better' and order ~= tonumber(old))
  if different then
    if old then
      drop(member, since, old)
    end
    last = last + 1
    put(member, plain(order), struct.pack('>I7', last))
    changed = changed + 1
  end
end
if changed > 0 then
  redis.call('HSET', KEYS[2], '', string.format('%.0f', last))
  -- A board that was larger shrinks by a thousand with each call.
  trim(tonumber(ARGV[2]), #ARGV / 2 - 2 + 1000)
end
expire(ARGV[3], ARGV[4])
local reply = { changed }
if #ARGV == 6 then
  for _, value in ipairs(standing(ARGV[5]) or {}) do
    reply[#reply + 1] = value
  end
end
return reply
