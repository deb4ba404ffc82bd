-- Renews the leases of jobs.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  lease in ms
-- ARGV[2]  and so on: id, fence of each
-- Returns  for each: 1 renewed, 0 lost, 2 renewed, and its end is asked for
-- O(n log m). Begins with a write that a full server allows.
-- include keys
redis.call('ZREMRANGEBYSCORE', idle, '-inf', 0)
local ids, renewed, answers = {}, {}, {}
for i = 2, #ARGV, 2 do
  ids[#ids + 1] = ARGV[i]
end
local leases = redis.call('ZMSCORE', active, unpack(ids))
local fences = redis.call('HMGET', attempt, unpack(ids))
local asked = redis.call('EXISTS', cancelled) == 1 and redis.call('SMISMEMBER', cancelled, unpack(ids)) or {}
for i, id in ipairs(ids) do
  if leases[i] and fences[i] == ARGV[2 * i + 1] then
    renewed[#renewed + 1] = now + ARGV[1]
    renewed[#renewed + 1] = id
    answers[i] = asked[i] == 1 and 2 or 1
  else
    answers[i] = 0
  end
end
if #renewed > 0 then
  redis.call('ZADD', active, 'XX', unpack(renewed))
end
return answers
