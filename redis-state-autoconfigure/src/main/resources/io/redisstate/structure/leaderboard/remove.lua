-- Takes members off.
-- KEYS[1]  the board   KEYS[2]  the times   KEYS[3]  the distinct orders, for dense ranks only
-- ARGV     members
-- Returns  how many were there. O(log n) each
-- include standings
local removed = 0
for _, member in ipairs(ARGV) do
  local order, since = place(member)
  if order then
    drop(member, since, order)
    redis.call('HDEL', KEYS[2], member)
    removed = removed + 1
  end
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[2])
end
return removed
