-- Changes the priority of an unfinished job; one that waits goes behind those that have that priority already.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  id
-- ARGV[2]  priority
-- Returns  1, or 0 if there is no such job. O(log m)
-- include keys
-- include place
local id, priority = ARGV[1], ARGV[2]
local blob = redis.call('HGET', data, id)
if not blob then
  return 0
end
blob = string.gsub(blob, '^(%d+ %d+ )%S+', '%1' .. priority, 1)
redis.call('HSET', data, id, blob)
if redis.call('ZREM', ready, id) == 1 then
  place(id, priority, string.match(blob, '^%S+ %S+ %S+ %S+ %S+ (%S+)'))
  write_places()
end
return 1
