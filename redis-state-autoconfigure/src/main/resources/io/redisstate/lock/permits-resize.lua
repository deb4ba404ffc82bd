-- Sets how many permits there are for all processes, or says it. Permits that are held stay so; who waits is served at once.
-- KEYS[1]  the holders   KEYS[2]  the waiters   KEYS[3]  how many permits there are, if that was set
-- ARGV[1]  how many permits there are, if that is not set
-- ARGV[2]  '1' in a cluster
-- ARGV[3]  the number to set, '-' to leave it to the processes again; absent to change nothing
-- Returns  how many there are. O(holders + waiters)
-- include permits-grant
if ARGV[3] == '-' then
  redis.call('DEL', KEYS[3])
elseif ARGV[3] then
  redis.call('SET', KEYS[3], ARGV[3], 'PX', string.format('%.0f', KEEP))
end
local there = capacity(KEYS[3], ARGV[1])
if ARGV[3] then
  local time = redis.call('TIME')
  local us = time[1] * 1000000 + time[2]
  grant(KEYS[1], KEYS[2], (us - us % 1000) / 1000, there, ARGV[2])
end
return there
