-- Gives back permits that were taken a moment ago: never more than what they still count for, so that other calls are not
-- allowed beyond the limit. See the algorithms' -check.lua for their states.
-- KEYS[1]  the state
-- ARGV[1]  algorithm
-- ARGV[2]  cost
-- ARGV[3]  b   ARGV[4]  c
-- ARGV[5]  microseconds since the permits were asked for, at most
-- ARGV[6]  microseconds since the reply that gave them
-- ARGV[7]  microseconds until nothing counts, as that reply said
-- Returns  1 if anything was given back. O(1); for a sliding log O(log limit + cost)
local key, algorithm, cost = KEYS[1], ARGV[1], tonumber(ARGV[2])
local b, c = tonumber(ARGV[3]), tonumber(ARGV[4])
local asked, given = tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

if algorithm == 'sliding-log' then
  -- Of those since then the oldest: if they are another's, ours count longer.
  local members = redis.call('ZRANGEBYSCORE', key, string.format('%.0f', now - asked), '+inf', 'LIMIT', 0, cost)
  for _, member in ipairs(members) do
    redis.call('ZREM', key, member)
  end
  return #members > 0 and 1 or 0
end

local state = redis.call('GET', key)
if not state then
  return 0
end
if algorithm == 'token-bucket' then
  -- What has drained since may have been these.
  local back = cost * c - asked * b
  local used, at, _, rate = struct.unpack('<dddd', state)
  if back <= 0 or rate ~= b then
    return 0
  end
  redis.call('SETRANGE', key, 0, struct.pack('<dd', math.max(0, used - back), at))
  return 1
elseif algorithm == 'fixed-window' then
  -- Only in the window they were taken in: a later one lasts longer than that has left.
  if redis.call('PTTL', key) * 1000 > ARGV[7] - given + 1000 then
    return 0
  end
  redis.call('DECRBY', key, math.min(cost, tonumber(state)))
  return 1
elseif algorithm == 'sliding-window' then
  local window = math.floor((now - asked) / c)
  local last, current, before = string.match(state, '^(%d+) (%d+) (%d+)$')
  if window ~= math.floor((now - given) / c) then
    -- A window ended meanwhile: it is not known in which they count.
    return 0
  elseif last - window == 0 then
    current = math.max(0, current - cost)
  elseif last - window == 1 then
    before = math.max(0, before - cost)
  else
    return 0
  end
  redis.call('SET', key, string.format('%.0f %.0f %.0f', last, current, before), 'KEEPTTL')
  return 1
end
return 0
