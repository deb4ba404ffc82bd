-- Appends entries to a stream, each at most once if it has a key of its own.
--
-- KEYS[1]    the stream
-- KEYS[2..]  nothing, or for each entry the key that remembers it: a string, the entry's id, with a TTL
-- ARGV[1]    MAXLEN, MINID (by age) or NONE: how the stream is trimmed, whoever may still need the entries
-- ARGV[2]    the length, or the age in ms
-- ARGV[3]    how long an entry is remembered in ms
-- ARGV[4..]  for each entry: the number of its fields and values, then these in turn
--
-- Returns for each entry {its id, 1 if it was there already or else 0}, one after the other
-- O(1) for each entry; 1 command for each, 3 with keys.
local add = {'XADD', KEYS[1]}
if ARGV[1] == 'MAXLEN' then
  add[3], add[4], add[5] = 'MAXLEN', '~', ARGV[2]
elseif ARGV[1] == 'MINID' then
  local time = redis.call('TIME')
  local ms = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[2])
  add[3], add[4], add[5] = 'MINID', '~', string.format('%.0f', math.max(ms, 0))
end
local fixed = #add + 1
add[fixed] = '*'

local reply = {}
local position, number = 4, 1
while position <= #ARGV do
  local count = tonumber(ARGV[position])
  local once = KEYS[number + 1]
  local known = once and redis.call('GET', once)
  if known then
    reply[#reply + 1] = known
    reply[#reply + 1] = 1
  else
    local command = {}
    for i = 1, fixed do
      command[i] = add[i]
    end
    for i = 1, count do
      command[fixed + i] = ARGV[position + i]
    end
    local id = redis.call(unpack(command))
    if once then
      redis.call('SET', once, id, 'PX', ARGV[3])
    end
    reply[#reply + 1] = id
    reply[#reply + 1] = 0
  end
  position = position + count + 1
  number = number + 1
end
return reply
