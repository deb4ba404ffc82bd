-- A hash's field.
-- KEYS[1]  a hash
-- ARGV[1]  field
-- Returns  its value or nil
return redis.call('HGET', KEYS[1], ARGV[1])
