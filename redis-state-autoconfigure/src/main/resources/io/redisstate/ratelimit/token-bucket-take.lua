-- Takes permits of one token bucket, the hot path: see token-bucket-check.lua for the state.
-- KEYS[1]  the state
-- ARGV[1]  cost in credits
-- ARGV[2]  credits of a full bucket
-- ARGV[3]  credits that come back in a microsecond
-- Returns  the used credits with these, or if there were not enough -1 - the used credits: one integer, since a table would
--          cost the server a fifth more. O(1), 3 commands
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local state = redis.call('GET', KEYS[1])
local used, expiry = 0, 0
if state then
  local before, at
  before, at, expiry = struct.unpack('<ddd', state)
  if now < at then
    now = at
  end
  used = before - (now - at) * ARGV[3]
  if used < 0 then
    used = 0
  end
end
local after = used + ARGV[1]
if after > ARGV[2] + 0 then
  return -1 - used
end
if expiry - now > after / ARGV[3] then
  -- The key outlives what is used. A write in place costs half.
  redis.call('SETRANGE', KEYS[1], 0, struct.pack('<dd', after, now))
else
  local life = math.ceil(after / ARGV[3] / 500) + 1000
  redis.call('SET', KEYS[1], struct.pack('<ddd', after, now, now + life * 1000), 'PX', life)
end
return after
