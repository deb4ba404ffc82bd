-- Removes jobs that wait.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  how many at most
-- ARGV[2]  "1" for delayed ones too
-- Returns  how many were removed. O(n log m)
-- include keys
-- include place
-- include retire
local removed = 0
for _, set in ipairs({ ready, ARGV[2] == '1' and delayed or nil }) do
  local popped = redis.call('ZPOPMIN', set, ARGV[1] - removed)
  for i = 1, #popped, 2 do
    let_go(popped[i], redis.call('HGET', data, popped[i]) or '', false)
    erase(popped[i])
    removed = removed + 1
  end
  if removed >= tonumber(ARGV[1]) then
    break
  end
end
if redis.call('EXISTS', ready) == 0 then
  redis.call('DEL', order)
end
return removed
