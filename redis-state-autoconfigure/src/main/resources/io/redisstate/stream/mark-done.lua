-- Notes that messages have been handled.
--
-- KEYS     for each message the key that says so: a string with a TTL
-- ARGV[1]  the TTL in ms
--
-- Returns their number
-- O(messages); 1 command for each.
for _, key in ipairs(KEYS) do
  redis.call('SET', key, '1', 'PX', ARGV[1])
end
return #KEYS
