-- Makes a delayed job ready.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  topic of wake-ups
-- ARGV[2]  "1" in a cluster
-- ARGV[3]  id
-- Returns  1, or 0 if it is not delayed. O(log m)
-- include keys
-- include place
local id = ARGV[3]
local blob = redis.call('HGET', data, id)
if not blob or redis.call('ZREM', delayed, id) == 0 then
  return 0
end
local priority, group = string.match(blob, '^%S+ %S+ (%S+) %S+ %S+ (%S+)')
place(id, priority, group)
wake(write_places(), ARGV[1], ARGV[2] == '1')
return 1
