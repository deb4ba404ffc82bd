-- Takes items, or waits for some.
-- KEYS[1]  the items   KEYS[2]  channels of processes that wait, by the time at which they stop
-- ARGV[1]  'LPOP' or 'RPOP'   ARGV[2]  how many at most
-- ARGV[3]  channel to wake when there are none; absent not to wait   ARGV[4]  ms that it waits
-- Returns  items. O(items)
local items = redis.call(ARGV[1], KEYS[1], ARGV[2])
if items then
  return items
end
if ARGV[3] then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now))
  redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[4]), ARGV[3])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return {}
