-- Adds events.
-- KEYS[1]  events by time in us
-- ARGV[1]  us that an event is kept; 0 for ever   ARGV[2]  how many are kept; 0 all
-- ARGV[3..]  time in us or '' for now, event, ...
-- Returns  now in us. O(log n) each
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i = 3, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], ARGV[i] == '' and string.format('%.0f', now) or ARGV[i], ARGV[i + 1])
end
if ARGV[1] ~= '0' then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[1]))
  local newest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
  if newest then
    redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.ceil((newest + ARGV[1]) / 1000)))
  end
end
if ARGV[2] ~= '0' then
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[2])
end
return now
