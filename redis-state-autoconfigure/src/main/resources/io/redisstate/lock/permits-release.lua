-- Gives permits back, or takes a waiter out of the queue, and serves those who wait.
-- KEYS[1]  the holders   KEYS[2]  the waiters   KEYS[3]  how many permits there are, if that was set
-- ARGV[1]  lease
-- ARGV[2]  permits
-- ARGV[3]  how many permits there are, if that was not set
-- ARGV[4]  '1' in a cluster
-- ARGV[5]  entry of a waiter that gives up; absent for a holder
-- Returns  1 if they were held, else 0. O(holders + waiters)
-- include permits-grant
local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local now = (us - us % 1000) / 1000
local score = redis.call('ZSCORE', KEYS[1], ARGV[1] .. ':' .. ARGV[2])
redis.call('ZREM', KEYS[1], ARGV[1] .. ':' .. ARGV[2])
if ARGV[5] then
  redis.call('LREM', KEYS[2], 0, ARGV[5])
end
grant(KEYS[1], KEYS[2], now, capacity(KEYS[3], ARGV[3]), ARGV[4])
return score and tonumber(score) > now and 1 or 0
