-- Token bucket, as GCRA keeps it: what is used, and since when it drains. Whole numbers only: a permit is c credits, b
-- credits come back each microsecond, a full bucket has a. State: string "<used credits> <microseconds>". O(1)
local function check(key, now, mode, cost, a, b, c)
  local state = redis.call('GET', key)
  local used = 0
  if state then
    local gap = string.find(state, ' ', 1, true)
    used = string.sub(state, 1, gap - 1) - (now - string.sub(state, gap + 1)) * b
    if used < 0 then
      used = 0
    end
  end
  local after = used + cost * c
  local allowed = after <= a
  if mode == 2 then
    used = after > 0 and after or 0
  elseif allowed and mode == 1 then
    used = after
  end
  if mode ~= 0 and (allowed or mode == 2) then
    if used > 0 then
      redis.call('SET', key, string.format('%.0f %.0f', used, now), 'PX', math.ceil(used / b / 1000) + 1)
    else
      redis.call('DEL', key)
    end
  end
  local remaining = used < a and math.floor((a - used) / c) or 0
  return allowed, remaining, allowed and 0 or math.ceil((after - a) / b), math.ceil(used / b)
end
