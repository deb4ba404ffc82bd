-- Moves a projection's position on, unless another process has moved it meanwhile. Running it again changes nothing.
--
-- KEYS[1]  the positions of all projections of the stream: a hash of name to "<id> <token of who moved it there>"
-- ARGV[1]  the projection's name
-- ARGV[2]  where it stood, "" for nowhere yet
-- ARGV[3]  where it stands now
-- ARGV[4]  the token of who moves it
--
-- Returns 1, or 0 if it stood elsewhere
-- O(1); 2 commands.
local position, token = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%S*) ?(.*)$')
if position ~= ARGV[2] and (position ~= ARGV[3] or token ~= ARGV[4]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. ' ' .. ARGV[4])
return 1
