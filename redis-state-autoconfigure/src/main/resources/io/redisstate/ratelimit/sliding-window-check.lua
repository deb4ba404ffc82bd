-- Sliding window counter: the calls of this window of c microseconds, and those of the one before weighted by how much of it
-- the sliding window still covers; at most a together. State: string "<window> <calls> <calls before>". O(1)
local function check(key, now, mode, cost, a, b, c)
  local window = math.floor(now / c)
  local current, before = 0, 0
  local state = redis.call('GET', key)
  if state then
    local last, calls, earlier = string.match(state, '^(%d+) (%d+) (%d+)$')
    local age = window - last
    if age <= 0 then
      current, before = tonumber(calls), tonumber(earlier)
    elseif age == 1 then
      before = tonumber(calls)
    end
  end
  local left = (window + 1) * c - now
  -- All counts times c, to stay with whole numbers.
  local load = before * left + current * c
  local allowed = load + cost * c <= a * c
  if mode ~= 0 and (allowed or mode == 2) then
    current = current + cost
    redis.call('SET', key, string.format('%.0f %.0f %.0f', window, current, before),
      'PX', math.ceil((left + c) / 1000))
    load = before * left + current * c
  end
  local retry = 0
  if not allowed then
    local excess = current + cost - a
    if excess <= 0 then
      -- The weight of the window before must shrink.
      retry = left - math.floor((a - current - cost) * c / before)
    elseif current > 0 then
      -- This window becomes the one before, and its weight must shrink.
      local room = a - cost
      retry = room >= 0 and left + math.max(0, c - math.floor(room * c / current)) or left + c
    else
      retry = left + c
    end
  end
  return allowed, load < a * c and math.floor((a * c - load) / c) or 0, retry,
    current > 0 and left + c or before > 0 and left or 0
end
