-- Counts elements that were not counted before.
-- KEYS[1]  the HyperLogLog
-- ARGV[1]  ms that it is kept from now on; 0 for ever   ARGV[2]  epoch ms at which it ends; 0 never
-- ARGV[3..]  elements
-- Returns  1 if the estimate is another now, else 0. O(elements)
local changed = redis.call('PFADD', KEYS[1], unpack(ARGV, 3))
if ARGV[1] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
elseif ARGV[2] ~= '0' then
  redis.call('PEXPIREAT', KEYS[1], ARGV[2])
end
return changed
