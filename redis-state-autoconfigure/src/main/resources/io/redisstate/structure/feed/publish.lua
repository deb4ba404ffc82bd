-- Puts an activity into a feed; one that is there already stays as it is.
-- KEYS[1]  ids by time in us   KEYS[2]  a hash of payloads by id
-- ARGV[1]  id   ARGV[2]  payload
-- ARGV[3]  how many are kept   ARGV[4]  us that an activity is kept; 0 for ever   ARGV[5]  ms that the feed is kept; 0 for ever
-- Returns  {its time in us, 1 if it is new else 0}. O(log n)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score then
  return { tonumber(score), 0 }
end
-- Times differ, so that pages by time miss nothing.
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
now = math.max(now, last and last + 1 or 0)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
local old = redis.call('ZRANGE', KEYS[1], 0, -1 - ARGV[3])
if ARGV[4] ~= '0' then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[4]), 'BYSCORE',
      'LIMIT', 0, 100)) do
    old[#old + 1] = id
  end
end
for _, id in ipairs(old) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
if ARGV[5] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end
return { now, 1 }
