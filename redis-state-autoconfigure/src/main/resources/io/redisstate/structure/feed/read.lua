-- The newest activities of a feed, or those before one.
-- KEYS[1]  ids by time in us   KEYS[2]  a hash of payloads by id
-- ARGV[1]  only those before this time in us, or '+inf'   ARGV[2]  how many
-- ARGV[3]  us that an activity is kept; 0 for ever
-- Returns  id, time, payload, ... the newest first. O(log n + m)
local least = '-inf'
if ARGV[3] ~= '0' then
  local time = redis.call('TIME')
  least = string.format('(%.0f', time[1] * 1000000 + time[2] - ARGV[3])
end
local found = redis.call('ZRANGE', KEYS[1], '(' .. ARGV[1], least, 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[2], 'WITHSCORES')
local reply = {}
for i = 1, #found, 2 do
  reply[#reply + 1] = found[i]
  reply[#reply + 1] = found[i + 1]
  reply[#reply + 1] = redis.call('HGET', KEYS[2], found[i])
end
return reply
