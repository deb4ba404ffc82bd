-- Rooms in which somebody may be over; also keeps the one that asks among the listeners.
-- KEYS[1]  the rooms   KEYS[2]  the listeners
-- ARGV[1]  channel of the one that asks   ARGV[2]  ms that it listens from now on
-- Returns  up to 100 rooms. O(log n + m)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[2]), ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.call('ZRANGE', KEYS[1], '-inf', string.format('%.0f', now), 'BYSCORE', 'LIMIT', 0, 100)
