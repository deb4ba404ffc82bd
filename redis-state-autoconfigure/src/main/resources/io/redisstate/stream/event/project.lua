-- Moves a projection's position on, unless another process has moved it meanwhile.
--
-- KEYS[1]  the positions of all projections of the stream: a hash
-- ARGV[1]  the projection's name
-- ARGV[2]  where it stood, "" for nowhere yet
-- ARGV[3]  where it stands now
--
-- Returns 1, or 0 if it stood elsewhere
-- O(1); 2 commands.
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
