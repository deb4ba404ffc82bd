-- Keeps a user's list of sessions at least for some time.
-- KEYS[1]  the user's sessions by the ms of their logins
-- ARGV[1]  for how long, in ms
-- Returns  1, or 0 if it is kept as long already, or there is none. O(1)
local left = redis.call('PTTL', KEYS[1])
if left == -2 or left >= tonumber(ARGV[1]) then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
