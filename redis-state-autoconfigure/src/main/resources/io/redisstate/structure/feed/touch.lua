-- Notes that someone is active.
-- KEYS[1]  who was active last when, in ms
-- ARGV[1]  ms that this is remembered   ARGV[2]  how many are remembered   ARGV[3..] who
-- Returns  now in ms. O(log n) each
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 3, #ARGV do
  redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[i])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[1]))
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return now
