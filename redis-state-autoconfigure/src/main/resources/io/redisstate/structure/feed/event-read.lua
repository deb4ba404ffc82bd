-- Events of a window of time.
-- KEYS[1]  events by time in us
-- ARGV[1]  us that an event is kept; 0 for ever
-- ARGV[2]  first time in us, '-inf', or 'ago ' and us   ARGV[3]  the time in us after the last, or '+inf'
-- ARGV[4]  how many at most; 0 to count only   ARGV[5]  how many to leave out   ARGV[6]  '1' for the latest first
-- Returns  {how many} or event, time, ... O(log n + m)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local least, greatest = ARGV[2], '(' .. ARGV[3]
if string.match(least, '^ago ') then
  least = string.format('%.0f', now - string.sub(least, 5))
end
if ARGV[1] ~= '0' and (least == '-inf' or tonumber(least) <= now - ARGV[1]) then
  least = string.format('(%.0f', now - ARGV[1])
end
if ARGV[4] == '0' then
  return { redis.call('ZCOUNT', KEYS[1], least, greatest) }
elseif ARGV[6] == '1' then
  return redis.call('ZRANGE', KEYS[1], greatest, least, 'BYSCORE', 'REV', 'LIMIT', ARGV[5], ARGV[4], 'WITHSCORES')
end
return redis.call('ZRANGE', KEYS[1], least, greatest, 'BYSCORE', 'LIMIT', ARGV[5], ARGV[4], 'WITHSCORES')
