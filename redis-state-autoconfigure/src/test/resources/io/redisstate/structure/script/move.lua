-- Moves the value of one key to others.
-- KEYS[1]  from   KEYS[2..]  to
-- Returns  status
for i = 2, #KEYS do
  redis.call('SET', KEYS[i], redis.call('GET', KEYS[1]))
end
redis.call('DEL', KEYS[1])
return redis.status_reply('OK')
