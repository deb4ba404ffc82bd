-- Replaces the tags of an item, if they are still what they were.
-- KEYS[1]  all items   KEYS[2]  items by tag, counted   KEYS[3]  the item's tags
-- KEYS[4..]  the items of each tag that is added or removed
-- ARGV[1]  the item   ARGV[2]  how many of the tags are added, the rest is removed
-- ARGV[3]  how many tags the item is known to have   ARGV[4..]  those, then the tags of KEYS[4..]
-- Returns  1, or 0 if the item's tags are others by now. O(tags)
local known = tonumber(ARGV[3])
if redis.call('SCARD', KEYS[3]) ~= known then
  return 0
end
for i = 1, known do
  if redis.call('SISMEMBER', KEYS[3], ARGV[3 + i]) == 0 then
    return 0
  end
end
local first = 4 + known
for i = 4, #KEYS do
  local tag = ARGV[first + i - 4]
  if i - 4 < tonumber(ARGV[2]) then
    redis.call('SADD', KEYS[3], tag)
    redis.call('SADD', KEYS[i], ARGV[1])
    redis.call('ZINCRBY', KEYS[2], 1, tag)
  else
    redis.call('SREM', KEYS[3], tag)
    redis.call('SREM', KEYS[i], ARGV[1])
    if tonumber(redis.call('ZINCRBY', KEYS[2], -1, tag)) <= 0 then
      redis.call('ZREM', KEYS[2], tag)
    end
  end
end
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('SADD', KEYS[1], ARGV[1])
else
  redis.call('SREM', KEYS[1], ARGV[1])
end
return 1
