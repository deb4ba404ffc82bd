-- Where a projection stands.
--
-- KEYS[1]  the positions of all projections of the stream: a hash, see project.lua
-- ARGV[1]  the projection's name
-- ARGV[2]  1 to forget the position, so that it begins anew; else 0
--
-- Returns the id of the last event it has seen, or nil
-- O(1); 1 or 2 commands.
local position = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[2] == '1' then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return position and string.match(position, '^%S+')
