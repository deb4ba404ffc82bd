-- Makes dead jobs ready, with all their attempts before them; what failed before stays in their history. One whose unique
-- key stands for another job by now stays dead.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  topic of wake-ups
-- ARGV[2]  "1" in a cluster
-- ARGV[3]  how many of all of them, those that died first; 0 for those named
-- ARGV[4]  and so on: ids
-- Returns  how many. O(n log m)
-- include keys
-- include place
local ids = { select(4, unpack(ARGV)) }
if ARGV[3] ~= '0' then
  ids = redis.call('ZRANGE', dead, 0, ARGV[3] - 1)
end

-- Whether the job has its unique key, if it has one.
local function takes_unique(id, blob)
  local created, unique, window = string.match(blob, '^(%S+) %S+ %S+ %S+ %S+ %S+ (%S+) (%S+)')
  if unique == '-' then
    return true
  end
  local owner, till, live = string.match(redis.call('HGET', uniq, unique) or '', '^(%S+) (%d+) (%d)')
  if owner and owner ~= id
      and (tonumber(till) > now or live == '1' and redis.call('HEXISTS', data, owner) == 1) then
    return false
  end
  redis.call('HSET', uniq, unique, string.format('%s %.0f 1', id, created + window))
  return true
end

for _, id in ipairs(ids) do
  local blob = redis.call('HGET', data, id)
  if blob and redis.call('ZSCORE', dead, id) and takes_unique(id, blob) then
    redis.call('ZREM', dead, id)
    redis.call('HDEL', attempt, id)
    local priority, group = string.match(blob, '^%S+ %S+ (%S+) %S+ %S+ (%S+)')
    place(id, priority, group)
  end
end
local count = write_places()
wake(count, ARGV[1], ARGV[2] == '1')
return count
