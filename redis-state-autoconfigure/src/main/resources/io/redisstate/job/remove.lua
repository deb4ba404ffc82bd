-- Removes dead or finished jobs.
-- KEYS     those of the queue, see keys.lua
-- ARGV     ids
-- Returns  how many were removed. O(n log m)
-- include keys
-- include place
-- include retire
local removed = 0
for _, id in ipairs(ARGV) do
  if redis.call('ZREM', dead, id) == 1 then
    let_go(id, redis.call('HGET', data, id) or '', false)
    erase(id)
    removed = removed + 1
  elseif redis.call('ZREM', expiry, id) == 1 then
    redis.call('HDEL', finished, id)
    redis.call('HDEL', errors, id)
    removed = removed + 1
  end
end
return removed
