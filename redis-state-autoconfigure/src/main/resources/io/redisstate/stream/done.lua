-- Which of several messages have been handled.
--
-- KEYS  for each message the key that says so: a string with a TTL
--
-- Returns 1 or 0 for each
-- O(messages); 1 command for each.
local done = {}
for i, key in ipairs(KEYS) do
  done[i] = redis.call('EXISTS', key)
end
return done
