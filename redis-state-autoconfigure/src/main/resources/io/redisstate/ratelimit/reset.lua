-- Forgets a subject.
-- KEYS     the states
-- Returns  how many there were. O(keys)
return redis.call('DEL', unpack(KEYS))
