-- Token bucket, as GCRA keeps it: what is used, and since when it drains. Whole numbers only: a permit is c credits, b
-- credits come back each microsecond, a full bucket has a. A server's clock that is set back neither fills nor empties it.
-- State: string of four doubles: the used credits, the microseconds at which they were that many, those at which the key
-- ends, at twice the time in which they drain and a second, and b. When the limit changes, and with it what a credit is, the
-- time in which the used ones would drain stays. O(1)
local function check(key, now, mode, cost, a, b, c)
  local state = redis.call('GET', key)
  local used = 0
  if state then
    local before, at, _, rate = struct.unpack('<dddd', state)
    if rate ~= b then
      before = math.ceil(before / rate * b)
    end
    now = math.max(now, at)
    used = before - (now - at) * b
    if used < 0 then
      used = 0
    end
  end
  local after = used + cost * c
  local allowed = after <= a
  if mode == 2 then
    used = after
  elseif allowed and mode == 1 then
    used = after
  end
  if mode ~= 0 and (allowed or mode == 2) then
    local life = math.ceil(used / b / 500) + 1000
    redis.call('SET', key, struct.pack('<dddd', used, now, now + life * 1000, b), 'PX', life)
  end
  local remaining = used < a and math.floor((a - used) / c) or 0
  return allowed, remaining, allowed and 0 or math.ceil((after - a) / b), math.ceil(used / b)
end
