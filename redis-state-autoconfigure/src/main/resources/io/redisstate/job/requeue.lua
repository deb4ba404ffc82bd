-- Makes dead jobs ready, with all their attempts before them; what failed before stays in their history.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  topic of wake-ups
-- ARGV[2]  "1" in a cluster
-- ARGV[3]  how many of all of them, those that died first; 0 for those named
-- ARGV[4]  and so on: ids
-- Returns  how many. O(n log m)
-- include keys
-- include place
local ids = { select(4, unpack(ARGV)) }
if ARGV[3] ~= '0' then
  ids = redis.call('ZRANGE', dead, 0, ARGV[3] - 1)
end
for _, id in ipairs(ids) do
  local blob = redis.call('HGET', data, id)
  if redis.call('ZREM', dead, id) == 1 and blob then
    redis.call('HDEL', attempt, id)
    local priority, group = string.match(blob, '^%S+ %S+ (%S+) %S+ %S+ (%S+)')
    place(id, priority, group)
  end
end
local count = write_places()
wake(count, ARGV[1], ARGV[2] == '1')
return count
