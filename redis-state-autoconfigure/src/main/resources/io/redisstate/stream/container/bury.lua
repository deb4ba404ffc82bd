-- Moves an entry to the dead letters and acknowledges it, if it is still the consumer's.
--
-- KEYS[1]  the stream
-- KEYS[2]  the group's consumers: see join.lua
-- KEYS[3]  the entries that wait for another try: see tick.lua
-- KEYS[4]  the dead letters, a stream
-- ARGV[1]  the group
-- ARGV[2]  the consumer
-- ARGV[3]  what all tokens of its process begin with
-- ARGV[4]  the id
-- ARGV[5]  how many dead letters to keep, about
-- ARGV[6..] the dead letter's fields and values in turn
--
-- Returns 1, or 0 if it is another's
-- O(1); 5 commands.
local known = redis.call('HGET', KEYS[2], ARGV[2])
local owner = known and string.match(known, '^(%S+) ')
if owner and owner ~= 'dead' and string.sub(owner, 1, #ARGV[3]) ~= ARGV[3] then
  return 0
end
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[4], ARGV[4], 1)
if not pending[1] or pending[1][2] ~= ARGV[2] then
  return 0
end
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[5], '*', unpack(ARGV, 6))
redis.call('XACK', KEYS[1], ARGV[1], ARGV[4])
redis.call('ZREM', KEYS[3], ARGV[4])
return 1
