-- Removes entries of a stream.
--
-- KEYS[1]  the stream
-- ARGV     their ids
--
-- Returns how many were there
-- O(entries); 1 command.
return redis.call('XDEL', KEYS[1], unpack(ARGV))
