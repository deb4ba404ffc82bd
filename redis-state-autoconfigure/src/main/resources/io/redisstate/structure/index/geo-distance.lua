-- How far two members are apart.
-- KEYS[1]  the index
-- ARGV[1], ARGV[2]  members   ARGV[3]  unit
-- Returns  the distance, or nil if one is not there. O(1)
return redis.call('GEODIST', KEYS[1], ARGV[1], ARGV[2], ARGV[3])
