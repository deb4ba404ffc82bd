-- Adds a session to those of its user if the user may have another.
-- KEYS[1]  the user's sessions by the ms of their logins
-- ARGV[1]  the session's id
-- ARGV[2]  the ms of the login
-- ARGV[3]  how many sessions the user may have
-- Returns  1, or 0 if there are that many already. O(log sessions)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return 1
end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
  return 0
end
return redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
