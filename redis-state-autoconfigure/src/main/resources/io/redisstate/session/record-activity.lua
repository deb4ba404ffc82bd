-- Puts an entry at the head of a user's activity, and drops the oldest beyond the bound.
-- KEYS[1]  the activity
-- ARGV[1]  the entry
-- ARGV[2]  how many entries are kept
-- ARGV[3]  how long they are kept after the last, in ms
-- Returns  how many there are. O(dropped)
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('LLEN', KEYS[1])
