-- Puts a merged board in the place of the one before.
-- KEYS     the board and its companions, then as many of the new board
-- ARGV[1]  ms that the board is kept from now on; 0 for ever   ARGV[2]  epoch ms at which it ends; 0 never
-- Returns  the size of the board. O(1)
local half = #KEYS / 2
for i = 1, half do
  -- RENAME would free the board before at once.
  redis.call('UNLINK', KEYS[i])
  if redis.call('EXISTS', KEYS[half + i]) == 1 then
    redis.call('RENAME', KEYS[half + i], KEYS[i])
    redis.call('PERSIST', KEYS[i])
  end
end
for i = #KEYS, half + 1, -1 do
  KEYS[i] = nil
end
-- include standings
expire(ARGV[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
