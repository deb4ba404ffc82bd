-- Who was active lately.
-- KEYS[1]  who was active last when, in ms
-- ARGV[1]  within how many ms   ARGV[2]  how many at most; 0 to count only
-- Returns  {how many, who, when, ...} the latest first. O(log n + m)
local time = redis.call('TIME')
local since = string.format('(%.0f', time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1])
local reply = { redis.call('ZCOUNT', KEYS[1], since, '+inf') }
if ARGV[2] ~= '0' then
  for _, value in ipairs(redis.call('ZRANGE', KEYS[1], '+inf', since, 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[2],
      'WITHSCORES')) do
    reply[#reply + 1] = value
  end
end
return reply
