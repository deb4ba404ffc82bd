-- Stores a value and returns its length; "fail" as the value is an error.
-- KEYS[1]  the key
-- ARGV[1]  the value
-- Returns  an integer. O(1)
if ARGV[1] == 'fail' then
  return redis.error_reply('ERR asked to fail')
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000)
return #ARGV[1]
