-- Cancels a job that is not finished.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  topic of wake-ups
-- ARGV[2]  id
-- Returns  0 there is no such unfinished job, 1 it is gone, 2 its worker is asked to end it. O(log m)
-- include keys
-- include place
-- include retire
local topic, id = ARGV[1], ARGV[2]
if redis.call('ZSCORE', active, id) then
  redis.call('SADD', cancelled, id)
  for _, channel in ipairs(redis.call('ZRANGE', workers, 0, -1)) do
    redis.call('PUBLISH', channel, topic .. '\ncancel ' .. id)
  end
  return 2
end
if redis.call('ZREM', ready, id) + redis.call('ZREM', delayed, id) + redis.call('ZREM', held, id) == 0 then
  return 0
end
end_cancelled(id, redis.call('HGET', data, id) or '')
redis.call('HINCRBY', control, 'cancelled', 1)
write_places()
return 1
