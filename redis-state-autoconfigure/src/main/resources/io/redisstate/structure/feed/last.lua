-- When someone was active last.
-- KEYS[1]  who was active last when, in ms
-- ARGV[1]  ms that this is remembered   ARGV[2]  who
-- Returns  {ms}, {''} if that is not remembered. O(1)
local time = redis.call('TIME')
local score = redis.call('ZSCORE', KEYS[1], ARGV[2])
if score and tonumber(score) > time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1] then
  return { score }
end
return { '' }
