-- Sets a hash's fields and counts them.
-- KEYS[1]  a hash
-- ARGV     field, value, ...
-- Returns  how many fields were added
return redis.call('HSET', KEYS[1], unpack(ARGV))
