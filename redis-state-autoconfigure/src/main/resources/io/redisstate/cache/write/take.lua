-- Takes or renews the lease of who writes a cache's pending writes, and reads those that are due, oldest first.
--
-- KEYS[1]  the lease
-- KEYS[2]  the order
-- KEYS[3]  the pending writes
-- KEYS[4]  the dead letters
-- ARGV[1]  who asks
-- ARGV[2]  how long the lease stands from now, in ms
-- ARGV[3]  how many to read at most
-- ARGV[4]  how old they must be, in ms, unless there are that many
-- ARGV[5]  of how many bytes to read no further
--
-- Returns {1 if who asks has the lease, pending, dead, age of the oldest in ms}, followed by id, key, key as JSON, and number,
--         line feed and entry of each that was read.
-- O(read); 6 or 7 commands and one for each that is read.
local holder = redis.call('GET', KEYS[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
local age = oldest and math.max(0, now - tonumber(string.match(oldest[1], '^%d+'))) or 0
local mine = not holder or holder == ARGV[1]
local reply = {mine and 1 or 0, redis.call('HLEN', KEYS[3]), redis.call('HLEN', KEYS[4]), age}
if not mine then
  return reply
end
if holder then
  -- Other than SET this is possible when memory is short, which writing helps against.
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
else
  -- Memory is checked at the first write only, and a DEL may always be made: a full server is emptied too.
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
local size = tonumber(ARGV[3])
if size == 0 or not oldest then
  return reply
end
local last = '+'
if redis.call('XLEN', KEYS[2]) < size then
  last = string.format('%.0f', now - tonumber(ARGV[4]))
end
local bytes = tonumber(ARGV[5])
for _, item in ipairs(redis.call('XRANGE', KEYS[2], '-', last, 'COUNT', size)) do
  local write = redis.call('HGET', KEYS[3], item[2][2])
  if write then
    reply[#reply + 1] = item[1]
    reply[#reply + 1] = item[2][2]
    reply[#reply + 1] = item[2][4]
    reply[#reply + 1] = write
    bytes = bytes - #write
    if bytes <= 0 then
      break
    end
  else
    redis.call('XDEL', KEYS[2], item[1])
  end
end
return reply
