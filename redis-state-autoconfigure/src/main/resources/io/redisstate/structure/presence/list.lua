-- Who is there.
-- KEYS[1]  the members of the room
-- ARGV[1]  how many at most; 0 to count only   ARGV[2]  a member to look for; absent to list
-- Returns  {how many are there}, or {1 if the member is there, else 0}, and who. O(log n + m)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] then
  local score = redis.call('ZSCORE', KEYS[1], ARGV[2])
  return { score and tonumber(score) > now and 1 or 0 }
end
local from = string.format('(%.0f', now)
local reply = { redis.call('ZCOUNT', KEYS[1], from, '+inf') }
if ARGV[1] ~= '0' then
  for _, member in ipairs(redis.call('ZRANGE', KEYS[1], '+inf', from, 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[1])) do
    reply[#reply + 1] = member
  end
end
return reply
