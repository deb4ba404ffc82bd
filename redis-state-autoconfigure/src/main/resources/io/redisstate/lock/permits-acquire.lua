-- Takes permits, or queues for them, or looks what has become of that; running it again changes nothing but the end.
-- KEYS[1]  the holders   KEYS[2]  the waiters   KEYS[3]  how many permits there are, if that was set
-- ARGV[1]  lease
-- ARGV[2]  permits
-- ARGV[3]  lease in ms
-- ARGV[4]  how many permits there are, if that was not set
-- ARGV[5]  '1' in a cluster
-- ARGV[6]  entry to queue with; absent to give up at once
-- ARGV[7]  how long the list is kept, in ms
-- Returns  {1, now in us} if they are held, else {0, ms until the next holder's end, or -1, how many permits there are}.
--          O(holders + waiters)
-- include permits-grant
local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local now = (us - us % 1000) / 1000
local there, permits = capacity(KEYS[3], ARGV[4]), tonumber(ARGV[2])
local free, awaited = grant(KEYS[1], KEYS[2], now, there, ARGV[5])
if redis.call('ZSCORE', KEYS[1], ARGV[1] .. ':' .. ARGV[2])
    or (permits <= free and not awaited) then
  hold(KEYS[1], ARGV[1], ARGV[2], now, ARGV[3])
  return { 1, us }
end
if ARGV[6] then
  if not redis.call('LPOS', KEYS[2], ARGV[6]) then
    redis.call('RPUSH', KEYS[2], ARGV[6])
  end
  redis.call('PEXPIRE', KEYS[2], ARGV[7])
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return { 0, first[2] and first[2] - now or -1, there }
