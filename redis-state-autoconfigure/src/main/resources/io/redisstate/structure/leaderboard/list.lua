-- Members in their order.
-- KEYS[1]  the board   KEYS[2]  the times   KEYS[3]  the distinct orders, for dense ranks only
-- ARGV[1]  'index' ARGV[2] first ARGV[3] last, from 0
--          'around' ARGV[2] member ARGV[3] how many before ARGV[4] how many after
--          'order' ARGV[2] least ARGV[3] greatest ARGV[4] how many to leave out ARGV[5] how many at most
-- Returns  {before, better, better scores} of the first, then member, order, ...; empty if there is none. O(log n + m)
-- include standings
local first, found
if ARGV[1] == 'order' then
  found = redis.call('ZRANGE', KEYS[1], ARGV[2], ARGV[3], 'BYSCORE', 'LIMIT', ARGV[4], ARGV[5], 'WITHSCORES')
else
  local last
  if ARGV[1] == 'index' then
    first, last = ARGV[2], ARGV[3]
  else
    local order, since = place(ARGV[2])
    if not order then
      return {}
    end
    local index = redis.call('ZRANK', KEYS[1], since .. ARGV[2])
    first, last = math.max(0, index - ARGV[3]), index + ARGV[4]
  end
  found = redis.call('ZRANGE', KEYS[1], first, last, 'WITHSCORES')
end
if #found == 0 then
  return {}
end
local reply = { redis.call('ZRANK', KEYS[1], found[1]), redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. found[2]),
  KEYS[3] and redis.call('ZRANK', KEYS[3], plain(found[2])) or -1 }
for i = 1, #found, 2 do
  reply[#reply + 1] = string.sub(found[i], 8)
  reply[#reply + 1] = found[i + 1]
end
return reply
