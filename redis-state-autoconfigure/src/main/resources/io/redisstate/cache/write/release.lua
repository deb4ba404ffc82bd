-- Gives the lease back.
--
-- KEYS[1]  the lease
-- ARGV[1]  who has it
--
-- Returns 1 if it was theirs, else 0.
-- O(1); 1 or 2 commands.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
