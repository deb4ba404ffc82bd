-- A worker ends: nobody shall wake it any more, and what it has counted is not lost.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  topic of wake-ups
-- ARGV[2]  the worker's wake-up channel
-- ARGV[3]  "1" in a cluster
-- ARGV[4]  counts to add to the statistics: "<name>=<n> ..."
-- Returns  1 if it was among those that wait for jobs. O(log n). Begins with a write that a full server allows
-- include keys
-- include place
-- include statistics
local topic, channel = ARGV[1], ARGV[2]
local waited = redis.call('ZREM', idle, channel)
redis.call('ZREM', workers, channel)
note_statistics(ARGV[4])
-- Another worker of the same process may go by the same channel: it puts itself back.
redis.call('PUBLISH', channel, topic)
if redis.call('EXISTS', ready) == 1 then
  -- The message about one of these jobs may have gone to the one that ends.
  wake(1, topic, ARGV[3] == '1')
end
return waited
