-- Makes jobs ready again that are in no set, because somebody has deleted one by hand.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  cursor, "0" at first
-- ARGV[2]  topic of wake-ups
-- ARGV[3]  "1" in a cluster
-- Returns  {next cursor, how many were restored}. O(1) if the numbers agree, else about 500 jobs at a time
-- include keys
-- include place
local sets = { ready, delayed, active, dead, held }
local count = 0
for _, set in ipairs(sets) do
  count = count + redis.call('ZCARD', set)
end
if redis.call('HLEN', data) == count then
  return { '0', 0 }
end
local page = redis.call('HSCAN', data, ARGV[1], 'COUNT', 500)
for i = 1, #page[2], 2 do
  local id, known = page[2][i], false
  for _, set in ipairs(sets) do
    known = known or redis.call('ZSCORE', set, id)
  end
  if not known then
    local priority, group = string.match(page[2][i + 1], '^%S+ %S+ (%S+) %S+ %S+ (%S+)')
    place(id, priority, group, true)
    if #places >= 1000 then
      break
    end
  end
end
local restored = write_places()
wake(restored, ARGV[2], ARGV[3] == '1')
return { page[1], restored }
