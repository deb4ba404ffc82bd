-- Puts a merged board in the place of the one before.
-- KEYS     the board and its companions, then as many of the new board
-- ARGV[1]  how many members are kept; 0 all
-- ARGV[2]  ms that the board is kept from now on; 0 for ever   ARGV[3]  epoch ms at which it ends; 0 never
-- Returns  the size of the board. O(log n) for each that is cut off
local half = #KEYS / 2
for i = 1, half do
  if redis.call('EXISTS', KEYS[half + i]) == 1 then
    redis.call('RENAME', KEYS[half + i], KEYS[i])
    redis.call('PERSIST', KEYS[i])
  else
    redis.call('UNLINK', KEYS[i])
  end
end
for i = #KEYS, half + 1, -1 do
  KEYS[i] = nil
end
-- include standings
trim(tonumber(ARGV[1]))
expire(ARGV[2], ARGV[3])
return redis.call('ZCARD', KEYS[1])
