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
local used, expiry, rate = 0, 0, ARGV[3] + 0
if state then
  local before, at, was
  before, at, expiry, was = struct.unpack('<dddd', state)
  if was ~= rate then
    -- The limit has changed, and with it what a credit is: the time in which they drain stays.
    before = math.ceil(before / was * rate)
    expiry = 0
  end
  if now < at then
    now = at
  end
  used = before - (now - at) * rate
  if used < 0 then
    used = 0
  end
end
local after = used + ARGV[1]
if after > ARGV[2] + 0 then
  return -1 - used
end
if expiry - now > after / rate then
  -- The key outlives what is used. A write in place costs half.
  redis.call('SETRANGE', KEYS[1], 0, struct.pack('<dd', after, now))
else
  local life = math.ceil(after / rate / 500) + 1000
  redis.call('SET', KEYS[1], struct.pack('<dddd', after, now, now + life * 1000, rate), 'PX', life)
end
return after
