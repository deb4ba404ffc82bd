-- The next members of a board after one, for a merge.
-- KEYS[1]  the board
-- ARGV[1]  how many   ARGV[2], ARGV[3]  order and <since><member> of the last one read; absent at the beginning
-- Returns  <since><member>, order, ... O(log n + m)
local first = 0
if ARGV[2] then
  -- Where it stood, if it has moved since then.
  local added = redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[3])
  first = redis.call('ZRANK', KEYS[1], ARGV[3]) + 1
  if added == 1 then
    redis.call('ZREM', KEYS[1], ARGV[3])
    first = first - 1
  end
end
return redis.call('ZRANGE', KEYS[1], first, first + ARGV[1] - 1, 'WITHSCORES')
