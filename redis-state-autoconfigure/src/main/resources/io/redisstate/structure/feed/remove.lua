-- Takes activities out of a feed.
-- KEYS[1]  ids by time in us   KEYS[2]  a hash of payloads by id
-- ARGV     ids
-- Returns  how many were there. O(log n) each
redis.call('ZREM', KEYS[1], unpack(ARGV))
return redis.call('HDEL', KEYS[2], unpack(ARGV))
