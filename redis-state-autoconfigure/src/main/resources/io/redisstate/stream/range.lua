-- Reads entries of a stream.
--
-- KEYS[1]  the stream
-- ARGV[1]  from this id on; exclusive with a "(" before it
-- ARGV[2]  up to this id
-- ARGV[3]  how many at most
--
-- Returns {id, {field, value, ...}} for each
-- O(entries); 1 command.
return redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[2], 'COUNT', ARGV[3])
