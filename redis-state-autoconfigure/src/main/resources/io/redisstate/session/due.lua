-- The sessions whose end has come, for the one instance that looks after them at the moment.
-- KEYS[1]  sessions by the ms of their end   KEYS[2]  who looks after them
-- ARGV[1]  the instance
-- ARGV[2]  how long it does without coming again, in ms
-- ARGV[3]  how many to return
-- ARGV[4]  how long all this is kept after the last end, in ms
-- Returns  {now in ms, session, its end, ...}; empty if another instance does. O(log sessions + returned)
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then
  return {}
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local due = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[3], 'WITHSCORES')
local last = redis.call('ZRANGE', KEYS[1], 0, 0, 'REV', 'WITHSCORES')[2]
if last then
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.max(now, math.floor(last)) + ARGV[4]))
end
table.insert(due, 1, now)
return due
