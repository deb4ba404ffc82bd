-- A hash's fields and values.
-- KEYS[1]  a hash
-- Returns  field, value, ...
return redis.call('HGETALL', KEYS[1])
