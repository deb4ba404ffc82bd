-- Notes how far a job is.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  id
-- ARGV[2]  fence
-- ARGV[3]  JSON
-- Returns  1, or 0 if the lease is lost. O(1)
-- include keys
if not redis.call('ZSCORE', active, ARGV[1]) or redis.call('HGET', attempt, ARGV[1]) ~= ARGV[2] then
  return 0
end
redis.call('HSET', progress, ARGV[1], ARGV[3])
return 1
