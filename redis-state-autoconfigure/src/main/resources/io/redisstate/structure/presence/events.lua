-- Who came and went after an event.
-- KEYS[1]  the events
-- ARGV[1]  id of the last event known, or '$' for where the events end now
-- Returns  id, kind, room, member, ... of up to 200 events, or {id} for '$'. O(m)
if ARGV[1] == '$' then
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  return { last and last[1] or '0-0' }
end
local reply = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', 200)) do
  reply[#reply + 1] = entry[1]
  for i = 2, 6, 2 do
    reply[#reply + 1] = entry[2][i]
  end
end
return reply
