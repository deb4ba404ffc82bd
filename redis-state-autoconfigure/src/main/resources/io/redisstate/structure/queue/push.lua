-- Appends items, all or none, and wakes the processes that wait.
-- KEYS[1]  the items   KEYS[2]  channels of processes that wait, by the time at which they stop
-- ARGV[1]  'LPUSH' or 'RPUSH'   ARGV[2]  how many items fit; 0 any   ARGV[3]  ms that items are kept from now on; 0 for ever
-- ARGV[4]  topic to wake   ARGV[5..]  items
-- Returns  how many items there are then, or -1 if they do not fit. O(items + waiting processes)
local fit = tonumber(ARGV[2])
if fit > 0 and redis.call('LLEN', KEYS[1]) + #ARGV - 4 > fit then
  return -1
end
local size = redis.call(ARGV[1], KEYS[1], unpack(ARGV, 5))
if ARGV[3] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
local waiting = redis.call('ZRANGE', KEYS[2], 0, -1)
if #waiting > 0 then
  for _, channel in ipairs(waiting) do
    redis.call('PUBLISH', channel, ARGV[4])
  end
  redis.call('DEL', KEYS[2])
end
return size
