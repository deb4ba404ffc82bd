-- A page of the jobs of one state: as they come next, finished and dead ones the latest first. A page begins behind the
-- place where the one before ended, whatever has come or gone since.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  state
-- ARGV[2]  how finished ones ended; '' for the other states
-- ARGV[3]  cursor, "<score> <id>"; '' at first
-- ARGV[4]  how many at most
-- Returns  {next cursor or '' at the end, and seven values for each, see describe.lua}. O((n + log m) log m) for n jobs, of
--   finished ones at least 1,000; reads only
-- include keys
-- include describe
local sets = { waiting = ready, delayed = delayed, held = held, active = active, dead = dead, finished = expiry }
local set, ending, cursor, most = sets[ARGV[1]], ARGV[2], ARGV[3], tonumber(ARGV[4])
local backwards = ARGV[1] == 'dead' or ARGV[1] == 'finished'

-- As Redis orders equal scores; comparing strings in Lua goes by the server's locale.
local function is_behind(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then
      return x > y
    end
  end
  return #a > #b
end

-- How many lie before the cursor, and if it is still there, up to it when going forwards.
local function rank_of(score, id)
  local low = redis.call('ZCOUNT', set, '-inf', '(' .. score)
  local high = low + redis.call('ZCOUNT', set, score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local member = redis.call('ZRANGE', set, middle, middle)[1]
    if is_behind(member, id) or backwards and member == id then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

local function page(from, count)
  if not backwards then
    return redis.call('ZRANGE', set, from, from + count - 1)
  end
  -- From counts those that are left.
  if from <= 0 then
    return {}
  end
  local ids, turned = redis.call('ZRANGE', set, math.max(0, from - count), from - 1), {}
  for i = #ids, 1, -1 do
    turned[#turned + 1] = ids[i]
  end
  return turned
end

local at
if cursor == '' then
  at = backwards and redis.call('ZCARD', set) or 0
else
  at = rank_of(string.match(cursor, '^(%S+) (.+)$'))
end
local found, looked, last, more = {}, 0, nil, true
while more and #found < most and looked < 1000 do
  local count = most - #found
  local ids = page(at, count)
  more = #ids == count
  at = at + (backwards and -count or count)
  looked = looked + count
  if #ids > 0 then
    last = ids[#ids]
    local records = ending ~= '' and redis.call('HMGET', finished, unpack(ids))
    for i, id in ipairs(ids) do
      if not records or records[i] and string.find(records[i], ending .. ' ', 1, true) == 1 then
        found[#found + 1] = id
      end
    end
  end
end
local reply = { more and last and redis.call('ZSCORE', set, last) .. ' ' .. last or '' }
describe(reply, found)
return reply
