-- Moves an entry of an ordered group to the dead letters and acknowledges it, if it is still the consumer's.
--
-- KEYS[1..5] see lanes.lua
-- KEYS[6]    the dead letters, a stream
-- ARGV[1]    the group
-- ARGV[2]    the consumer
-- ARGV[3]    the token with which it took it
-- ARGV[4]    what all tokens of its process begin with
-- ARGV[5]    the id
-- ARGV[6]    how many dead letters to keep, about
-- ARGV[7]    how often an entry is delivered at most
-- ARGV[8..]  the dead letter's fields and values in turn
--
-- Returns 1, or 0 if it is another's
-- O(log n); 8 commands or so.
-- include lanes
attempts = tonumber(ARGV[7])
local id = ARGV[5]
if #own(ARGV[3], ARGV[4], {id}) == 0 or holder(id) ~= me then
  return 0
end
redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[6], '*', unpack(ARGV, 8))
redis.call('XACK', stream, group, id)
local lane = redis.call('ZSCORE', order, padded(id))
if lane then
  redis.call('ZREM', order, padded(id))
  refresh(lane, now)
end
if freed then
  ring()
end
return 1
