-- Adds members of another board to one that is being merged.
-- KEYS[1]  the new board   KEYS[2]  its times   KEYS[3]  the distinct orders, for dense ranks only
-- ARGV[1]  'sum' or 'best'
-- ARGV[2]  ms that unfinished work is kept
-- ARGV[3..]  <since><member>, order, ...
-- Returns  how many were given. O(log n) each
-- include standings
local latest = redis.call('HGET', KEYS[2], '') or '0'
for i = 3, #ARGV, 2 do
  local since, member, order = string.sub(ARGV[i], 1, 7), string.sub(ARGV[i], 8), tonumber(ARGV[i + 1])
  local old, at = place(member)
  local micros, before = struct.unpack('>I7', since), at and struct.unpack('>I7', at) or 0
  if old and ARGV[1] == 'sum' then
    order = order + old
    micros = math.max(micros, before)
  elseif old and (order > tonumber(old) or (order == tonumber(old) and micros >= before)) then
    order = nil
  end
  if order then
    if old then
      drop(member, at, old)
    end
    put(member, plain(order), struct.pack('>I7', micros))
    latest = string.format('%.0f', math.max(tonumber(latest), micros))
  end
end
redis.call('HSET', KEYS[2], '', latest)
expire(ARGV[2], '0')
return (#ARGV - 2) / 2
