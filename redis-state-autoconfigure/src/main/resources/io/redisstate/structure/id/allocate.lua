-- Allocates a block of numbers, which no one was or will be given.
-- KEYS[1]  '<ms>:<next>' of the last block
-- ARGV[1]  how many, up to 4194304   ARGV[2]  ms of the caller's last block, 0 for none
-- ARGV[3]  ms that the last block is remembered
-- Returns  {ms, the first number of the block within it}. O(1)
local time = redis.call('TIME')
local ms = time[1] * 1000 + math.floor(time[2] / 1000)
local last, first = string.match(redis.call('GET', KEYS[1]) or '0:0', '(%d+):(%d+)')
last, first = tonumber(last), tonumber(first)
if last < tonumber(ARGV[2]) then
  -- The server has forgotten a block, after a failover say: what else is gone of that millisecond is not known.
  last, first = tonumber(ARGV[2]) + 1, 0
end
if ms > last then
  last, first = ms, 0
elseif first + ARGV[1] > 4194304 then
  last, first = last + 1, 0
end
redis.call('SET', KEYS[1], string.format('%.0f:%.0f', last, first + ARGV[1]), 'PX', ARGV[3])
return { last, first }
