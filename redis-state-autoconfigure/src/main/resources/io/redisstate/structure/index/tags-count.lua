-- The tags that most items have.
-- KEYS[1]  items by tag, counted
-- ARGV[1]  the last index
-- Returns  tag, count, ... the most first. O(log n + m)
return redis.call('ZRANGE', KEYS[1], 0, ARGV[1], 'REV', 'WITHSCORES')
